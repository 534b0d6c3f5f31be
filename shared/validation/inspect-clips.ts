import type { UploadPolicy } from '../dataset/anomaly-rules.ts';
import { DecompressedStream } from '../tfrecord/decompress.ts';
import type { Compression } from '../tfrecord/detect-compression.ts';
import { type Anomaly, anomaly } from './anomaly.ts';
import { ClipScanner, type ClipSink, type InspectionRules } from './clip-scanner.ts';

/** What there is to say of a file as a whole. */
export interface FileSummary {
  readonly compression: Compression;
  /** Records seen, damaged ones included. */
  readonly records: number;
  /** Decompressed bytes read. */
  readonly bytes: number;
  /** What concerns the whole file. */
  readonly anomalies: readonly Anomaly[];
  /** By which all that was found was judged: of the codes that were met alone. */
  readonly policy: UploadPolicy;
}

/**
 * Gives everything that a TFRecord file of clips holds, good and bad, to `sink`, in file order. Never throws for what
 * is wrong in the data; throws what `chunks` throws. Memory: a few records, and the set of clip ids. A file above
 * `maxFileBytes` is not read to its end.
 */
export async function inspectClips(
  chunks: AsyncIterable<Uint8Array>,
  rules: InspectionRules,
  file: string,
  sink: ClipSink,
): Promise<FileSummary> {
  const inspection = new Inspection(chunks, rules, file, sink);
  for await (const chunk of inspection.content) if (!inspection.push(chunk)) break;
  return inspection.end();
}

/** `inspectClips` chunk by chunk: every chunk of `content` is pushed until there are no more or one is not wanted. */
export class Inspection {
  readonly content: DecompressedStream;
  private readonly scanner: ClipScanner;
  private readonly rules: InspectionRules;
  private readonly file: string;

  constructor(chunks: AsyncIterable<Uint8Array>, rules: InspectionRules, file: string, sink: ClipSink) {
    this.content = new DecompressedStream(chunks);
    this.scanner = new ClipScanner(rules, file, sink);
    this.rules = rules;
    this.file = file;
  }

  /** False when the file is too large. */
  push(chunk: Uint8Array): boolean {
    if (this.isTooLarge()) return false;
    this.scanner.push(chunk);
    return true;
  }

  end(): FileSummary {
    if (!this.isTooLarge()) this.scanner.end();
    const { compression, bytes } = this.content;
    const anomalies = this.anomalies();
    const { records, judge } = this.scanner;
    return { compression, records, bytes, anomalies, policy: judge.applied };
  }

  private isTooLarge(): boolean {
    return this.content.bytes > this.rules.maxFileBytes;
  }

  private anomalies(): Anomaly[] {
    const { fault, bytes, compression } = this.content;
    const place = { file: this.file, record: null, offset: null, field: null };
    const where = { severity: 'error', ...place } as const;
    if (this.isTooLarge()) {
      const { maxFileBytes } = this.rules;
      const expected = `at most ${maxFileBytes} bytes`;
      return [anomaly('FILE_TOO_LARGE', { ...where, expected, received: `more than ${maxFileBytes} bytes` })];
    }
    if (fault !== null) {
      const { offset, compressedOffset, reason } = fault;
      const expected = `a whole ${compression.toUpperCase()} stream`;
      const received = `${reason}, at compressed byte ${compressedOffset}`;
      return [anomaly('COMPRESSION_DAMAGED', { ...where, offset, expected, received })];
    }
    if (bytes > 0) return [];
    const severity = this.scanner.judge.severityOf('FILE_EMPTY');
    if (severity === 'ignore') return [];
    return [
      anomaly('FILE_EMPTY', { severity, ...place, expected: 'at least one record', received: '0 bytes' }),
    ];
  }
}
