import type { EmbeddingShape } from '../dataset/clip-rows.ts';
import type { Clip } from '../dataset/clip-table.ts';
import { DecompressedStream } from '../tfrecord/decompress.ts';
import type { Compression } from '../tfrecord/detect-compression.ts';
import type { DamageFrame, Frame, RecordFrame } from '../tfrecord/frame.ts';
import { FrameScanner } from '../tfrecord/frame-scanner.ts';
import { recordOverheadBytes } from '../tfrecord/record-header.ts';
import { type Anomaly, anomaly } from './anomaly.ts';
import { clipFromRecord } from './clip-from-record.ts';

export interface InspectionRules extends EmbeddingShape {
  readonly maxRecordBytes: number;
  /** Bytes of the file, compressed or not. */
  readonly maxFileBytes: number;
}

interface InspectedSpan {
  /** 0-based place in the file, counting damaged records too. */
  readonly record: number;
  /** Byte offset in the decompressed file. */
  readonly offset: number;
  /** Bytes of the file that it takes up, framing included. */
  readonly length: number;
}

export interface InspectedClip extends InspectedSpan {
  readonly kind: 'clip';
  readonly clip: Clip;
  /** Warnings only. */
  readonly anomalies: readonly Anomaly[];
}

export interface InspectedBad extends InspectedSpan {
  readonly kind: 'bad';
  /** What to quarantine: the record's payload, or the unreadable bytes themselves. */
  readonly payload: Uint8Array;
  /** At least one error; empty for the further parts of a long unreadable span. */
  readonly anomalies: readonly Anomaly[];
}

export interface InspectedEnd {
  readonly kind: 'end';
  readonly compression: Compression;
  /** Records seen, damaged ones included. */
  readonly records: number;
  /** Decompressed bytes read. */
  readonly bytes: number;
  /** What concerns the whole file. */
  readonly anomalies: readonly Anomaly[];
}

export type InspectedRecord = InspectedClip | InspectedBad | InspectedEnd;

/**
 * Everything that a TFRecord file of clips holds, good and bad, in file order, then one `end`. Never throws for what is
 * wrong in the data; throws what `chunks` throws. Memory: a few records, and the set of clip ids. A file above
 * `maxFileBytes` is not read to its end.
 */
export async function* inspectFile(
  chunks: AsyncIterable<Uint8Array>,
  rules: InspectionRules,
  file: string,
): AsyncGenerator<InspectedRecord> {
  const content = new DecompressedStream(chunks);
  const scanner = new FrameScanner(rules);
  const firstRecords = new Map<string, number>();
  let records = 0;
  let tooLarge = false;
  for await (const chunk of content) {
    tooLarge = content.bytes > rules.maxFileBytes;
    if (tooLarge) break;
    for (const frame of scanner.push(chunk)) {
      records = frame.index + 1;
      yield inspectFrame(frame, rules, file, firstRecords);
    }
  }
  if (!tooLarge) {
    for (const frame of scanner.end()) {
      records = frame.index + 1;
      yield inspectFrame(frame, rules, file, firstRecords);
    }
  }
  const { compression, bytes } = content;
  const anomalies = fileAnomalies(content, tooLarge ? rules.maxFileBytes : null, file);
  yield { kind: 'end', compression, records, bytes, anomalies };
}

function inspectFrame(
  frame: Frame,
  rules: InspectionRules,
  file: string,
  firstRecords: Map<string, number>,
): InspectedClip | InspectedBad {
  return frame.kind === 'damage'
    ? inspectDamage(frame, file)
    : inspectRecord(frame, rules, file, firstRecords);
}

function inspectDamage(frame: DamageFrame, file: string): InspectedBad {
  const { code, index: record, offset, length, bytes: payload, expected, received } = frame;
  const where = { severity: 'error', file, record, offset, field: null, expected, received } as const;
  return {
    kind: 'bad',
    record,
    offset,
    length,
    payload,
    anomalies: frame.part === 0 ? [anomaly(code, where)] : [],
  };
}

function inspectRecord(
  frame: RecordFrame,
  rules: InspectionRules,
  file: string,
  firstRecords: Map<string, number>,
): InspectedClip | InspectedBad {
  const { index: record, offset, payload } = frame;
  const span = { record, offset, length: payload.length + recordOverheadBytes };
  const { clip, anomalies } = clipFromRecord(payload, rules, { file, record, offset });
  if (clip === null) return { kind: 'bad', ...span, payload, anomalies };
  const first = firstRecords.get(clip.id);
  if (first === undefined) {
    firstRecords.set(clip.id, record);
    return { kind: 'clip', ...span, clip, anomalies };
  }
  const duplicate = anomaly('DUPLICATE_CLIP_IN_FILE', {
    severity: 'error',
    file,
    record,
    offset,
    field: 'video_id',
    expected: 'a clip id that no earlier record has',
    received: `${JSON.stringify(clip.id)}, as in record ${first}`,
  });
  return { kind: 'bad', ...span, payload, anomalies: [...anomalies, duplicate] };
}

function fileAnomalies(content: DecompressedStream, passedLimit: number | null, file: string): Anomaly[] {
  const where = { severity: 'error', file, record: null, field: null } as const;
  const { fault, bytes } = content;
  if (passedLimit !== null) {
    const received = `more than ${passedLimit} bytes`;
    return [
      anomaly('FILE_TOO_LARGE', {
        ...where,
        offset: null,
        expected: `at most ${passedLimit} bytes`,
        received,
      }),
    ];
  }
  if (fault !== null) {
    const { offset, compressedOffset, reason } = fault;
    const expected = `a whole ${content.compression.toUpperCase()} stream`;
    const received = `${reason}, at compressed byte ${compressedOffset}`;
    return [anomaly('COMPRESSION_DAMAGED', { ...where, offset, expected, received })];
  }
  if (bytes > 0) return [];
  return [
    anomaly('FILE_EMPTY', { ...where, offset: null, expected: 'at least one record', received: '0 bytes' }),
  ];
}
