import { FindingsJudge, type UploadPolicy } from '../dataset/anomaly-rules.ts';
import type { EmbeddingShape } from '../dataset/clip-rows.ts';
import type { Damage, FrameSink } from '../tfrecord/frame.ts';
import { FrameScanner } from '../tfrecord/frame-scanner.ts';
import { recordOverheadBytes } from '../tfrecord/record-header.ts';
import { type Anomaly, anomaly } from './anomaly.ts';
import { AudiosetRecord } from './audioset-record.ts';
import { clipFromRecord } from './clip-from-record.ts';
import { ClipIds } from './clip-ids.ts';
import { type ClipView, viewOfClip } from './clip-view.ts';

export interface InspectionRules extends EmbeddingShape {
  readonly maxRecordBytes: number;
  /** Bytes of the file, compressed or not. */
  readonly maxFileBytes: number;
  /** The default one when absent. */
  readonly policy?: UploadPolicy;
}

/**
 * Takes the clips and the bad records of a file, in its order. `record` is the 0-based place in the file, counting
 * damaged records too; it takes up `length` bytes, framing included, from `offset` on in the decompressed file.
 */
export interface ClipSink {
  /**
   * @param view good during the call only
   * @param warnings nothing worse
   */
  clip(view: ClipView, warnings: readonly Anomaly[], record: number, offset: number, length: number): void;
  /**
   * @param payload what to quarantine: the record's payload, or the unreadable bytes themselves
   * @param anomalies at least one error; empty for the further parts of a long unreadable span
   */
  bad(
    payload: Uint8Array,
    anomalies: readonly Anomaly[],
    record: number,
    offset: number,
    length: number,
  ): void;
}

const noAnomalies: readonly Anomaly[] = [];

/** Splits the bytes of a file into clips and bad records, with no object a record where it is of the usual layout. */
export class ClipScanner implements FrameSink {
  /** Records seen, damaged ones included. */
  records = 0;
  /** Of everything that is found in this file. */
  readonly judge: FindingsJudge;
  private readonly rules: InspectionRules;
  private readonly file: string;
  private readonly sink: ClipSink;
  private readonly frames: FrameScanner;
  private readonly usual: AudiosetRecord;
  private readonly ids = new ClipIds();

  constructor(rules: InspectionRules, file: string, sink: ClipSink) {
    this.judge = new FindingsJudge(rules.policy);
    this.rules = rules;
    this.file = file;
    this.sink = sink;
    this.frames = new FrameScanner(rules, this);
    this.usual = new AudiosetRecord(rules);
  }

  push(chunk: Uint8Array): void {
    this.frames.push(chunk);
  }

  end(): void {
    this.frames.end();
  }

  record(bytes: Uint8Array, start: number, end: number, record: number, offset: number): void {
    this.records = record + 1;
    const length = end - start + recordOverheadBytes;
    if (this.usual.read(bytes, start, end)) {
      if (this.addId(this.usual, record) < 0) {
        this.sink.clip(this.usual, noAnomalies, record, offset, length);
        return;
      }
    }
    this.recordOfAnyKind(bytes.subarray(start, end), record, offset, length);
  }

  damage({ code, index: record, offset, length, bytes, part, expected, received }: Damage): void {
    this.records = record + 1;
    const where = { severity: 'error', file: this.file, record, offset, field: null } as const;
    const anomalies = part === 0 ? [anomaly(code, { ...where, expected, received })] : noAnomalies;
    this.sink.bad(bytes, anomalies, record, offset, length);
  }

  /** A record that is not of the usual layout, or whose clip was there before. */
  private recordOfAnyKind(payload: Uint8Array, record: number, offset: number, length: number): void {
    const place = { file: this.file, record, offset };
    const { clip, anomalies } = clipFromRecord(payload, this.rules, place, this.judge);
    if (clip === null) {
      this.sink.bad(payload, anomalies, record, offset, length);
      return;
    }
    const view = viewOfClip(clip);
    const earlier = this.addId(view, record);
    if (earlier < 0) {
      this.sink.clip(view, anomalies, record, offset, length);
      return;
    }
    const duplicate = anomaly('DUPLICATE_CLIP_IN_FILE', {
      severity: 'error',
      ...place,
      field: 'video_id',
      expected: 'a clip id that no earlier record has',
      received: `${JSON.stringify(clip.id)}, as in record ${earlier}`,
    });
    this.sink.bad(payload, [...anomalies, duplicate], record, offset, length);
  }

  /** The record that has this clip's id already; else -1, and from now on it is this one. */
  private addId({ idBytes, idStart, idEnd }: ClipView, record: number): number {
    return this.ids.add(idBytes, idStart, idEnd, record);
  }
}
