import type { FindingsJudge } from '../dataset/anomaly-rules.ts';
import type { EmbeddingShape } from '../dataset/clip-rows.ts';
import type { Clip } from '../dataset/clip-table.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { decodeExample } from '../tfrecord/decode-example.ts';
import type { Example } from '../tfrecord/example.ts';
import type { Anomaly } from './anomaly.ts';
import { readClipId, readLabels, readTimes } from './clip-context.ts';
import { readClipFrames } from './clip-frames.ts';
import { RecordFindings, type RecordPlace } from './record-findings.ts';

export interface RecordVerdict {
  /** Null when an anomaly is an error. */
  readonly clip: Clip | null;
  /** Everything that is wrong or odd, not only the first finding. */
  readonly anomalies: readonly Anomaly[];
}

/**
 * The clip in a record. A tf.SequenceExample as AudioSet has it: context `video_id` (or `clip_id`), optional
 * `start_time_seconds`, `end_time_seconds`, `labels`, and a feature list `audio_embedding` with one feature a frame
 * (bytes of `width` uint8 values, or a float list). Or a tf.Example with the same names, whose `audio_embedding` is a
 * bytes list of one value a frame, one byte string of all frames, or a float list of all frames.
 * @param judge by the default policy when absent
 */
export function clipFromRecord(
  payload: Uint8Array,
  shape: EmbeddingShape,
  place: RecordPlace,
  judge?: FindingsJudge,
): RecordVerdict {
  const findings = new RecordFindings(place, judge);
  const { anomalies } = findings;
  const example = decode(payload, findings);
  if (example === null) return { clip: null, anomalies };
  const id = readClipId(example.context, findings);
  const { start, end } = readTimes(example.context, findings);
  const labels = readLabels(example.context, findings);
  const embedding = readClipFrames(example, shape, findings);
  if (id === null || embedding === null || findings.hasError) return { clip: null, anomalies };
  return { clip: { id, start, end, labels, ...embedding }, anomalies };
}

function decode(payload: Uint8Array, findings: RecordFindings): Example | null {
  try {
    return decodeExample(payload);
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'EXAMPLE_MALFORMED') throw error;
    const { expected = '', received = '', offset } = error.details;
    findings.error('EXAMPLE_MALFORMED', null, expected, `${received} at byte ${offset} of the record's data`);
    return null;
  }
}
