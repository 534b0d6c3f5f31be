import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clip } from '../../../shared/dataset/clip-table.ts';
import { frameRecord } from '../../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';

/** Writes clips as TFRecord files of a bounded size, `<name>-00000.tfrecord` and so on; holds one file in memory. */
export class RecordShards {
  files = 0;
  bytes = 0;
  private readonly folder: string;
  private readonly name: string;
  private readonly mostBytes: number;
  private records: Uint8Array[] = [];
  private pending = 0;

  /** @param mostBytes of a file, unless one clip alone has more */
  constructor(folder: string, name: string, mostBytes: number) {
    this.folder = folder;
    this.name = name;
    this.mostBytes = mostBytes;
  }

  async add(clip: Clip): Promise<void> {
    const record = frameRecord(clipToSequenceExample(clip));
    if (this.pending > 0 && this.pending + record.length > this.mostBytes) await this.flush();
    this.records.push(record);
    this.pending += record.length;
  }

  async flush(): Promise<void> {
    if (this.pending === 0) return;
    const file = `${this.name}-${String(this.files).padStart(5, '0')}.tfrecord`;
    await writeFile(path.join(this.folder, file), Buffer.concat(this.records));
    this.files++;
    this.bytes += this.pending;
    this.records = [];
    this.pending = 0;
  }
}
