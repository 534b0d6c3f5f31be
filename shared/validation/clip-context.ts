import type { Feature, Features, Int64 } from '../tfrecord/example.ts';
import { decodeUtf8 } from '../tfrecord/utf8.ts';
import { describeFeature, listBriefly, type RecordFindings } from './record-findings.ts';

/** AudioSet's name, and the one to use where clips are not of videos. */
const idNames = ['video_id', 'clip_id'] as const;
const maxIdBytes = 255;
const maxLabel = 65535;

/** A feature that sets no kind of list counts as absent, as in TensorFlow. */
function featureOf(context: Features, name: string): Exclude<Feature, { kind: 'none' }> | null {
  const feature = context.get(name);
  return feature === undefined || feature.kind === 'none' ? null : feature;
}

/** The clip id, 1..255 UTF-8 bytes; null with a finding when it is missing or not valid. */
export function readClipId(context: Features, findings: RecordFindings): string | null {
  const field = idNames.find((name) => featureOf(context, name) !== null) ?? idNames[0];
  const feature = featureOf(context, field);
  if (feature === null) {
    const received = context.size === 0 ? 'no feature' : `features ${listBriefly([...context.keys()])}`;
    findings.error('FEATURE_MISSING', field, `a bytes feature named ${idNames.join(' or ')}`, received);
    return null;
  }
  if (feature.kind !== 'bytes') {
    findings.error('FEATURE_WRONG_KIND', field, 'a bytes list of one id', describeFeature(feature));
    return null;
  }
  const [bytes] = feature.values;
  const id = bytes === undefined || bytes.length > maxIdBytes ? null : decodeUtf8(bytes);
  if (id === null || id === '' || feature.values.length > 1) {
    const received =
      feature.values.length === 1 ? describeId(bytes!) : `a list of ${feature.values.length} ids`;
    findings.error('CLIP_ID_INVALID', field, `one id of 1 to ${maxIdBytes} UTF-8 bytes`, received);
    return null;
  }
  return id;
}

function describeId(bytes: Uint8Array): string {
  const size = `${bytes.length} bytes`;
  return bytes.length === 0 || bytes.length > maxIdBytes ? size : `${size} that are not UTF-8`;
}

/** Start and end in seconds; both NaN when the record has neither, or when they make no sense. */
export function readTimes(context: Features, findings: RecordFindings): { start: number; end: number } {
  const start = readTime(context, 'start_time_seconds', findings);
  const end = readTime(context, 'end_time_seconds', findings);
  if (start === 'wrong kind' || end === 'wrong kind') return { start: NaN, end: NaN };
  if (start.length + end.length === 0) return { start: NaN, end: NaN };
  const isSpan = start.length === 1 && end.length === 1 && Number.isFinite(start[0]) && start[0]! < end[0]!;
  if (isSpan && Number.isFinite(end[0])) return { start: start[0]!, end: end[0]! };
  const received = `start ${describeTime(start)}, end ${describeTime(end)}`;
  findings.found('TIMES_INVALID', 'start_time_seconds', 'one finite start before one finite end', received);
  return { start: NaN, end: NaN };
}

const noTime = new Float32Array(0);

function readTime(context: Features, field: string, findings: RecordFindings): Float32Array | 'wrong kind' {
  const feature = featureOf(context, field);
  if (feature === null) return noTime;
  if (feature.kind === 'float') return feature.values;
  findings.error('FEATURE_WRONG_KIND', field, 'a float list of one value', describeFeature(feature));
  return 'wrong kind';
}

function describeTime(values: Float32Array): string {
  return values.length === 0 ? 'not set' : listBriefly([...values.subarray(0, 6)]);
}

/** Label indices, ascending, without doubles; those that are no indices are left out. */
export function readLabels(context: Features, findings: RecordFindings): number[] {
  const field = 'labels';
  const feature = featureOf(context, field);
  if (feature !== null && feature.kind !== 'int64') {
    findings.error('FEATURE_WRONG_KIND', field, 'an int64 list of label indices', describeFeature(feature));
    return [];
  }
  const values = feature?.values ?? [];
  const labels: number[] = [];
  const bad: Int64[] = [];
  for (const value of values) {
    if (typeof value === 'number' && value >= 0 && value <= maxLabel) labels.push(value);
    else bad.push(value);
  }
  if (bad.length > 0) {
    const expected = `whole numbers from 0 to ${maxLabel}`;
    if (findings.found('LABEL_INVALID', field, expected, listBriefly(bad)) === 'error') return [];
  }
  if (labels.length === 0) {
    const received =
      feature === null ? 'no feature' : bad.length > 0 ? 'none that is valid' : 'an empty list';
    findings.found('LABELS_EMPTY', field, 'at least one label', received);
    return [];
  }
  labels.sort((a, b) => a - b);
  const doubles = labels.filter((label, at) => label === labels[at + 1]);
  if (doubles.length === 0) return labels;
  const repeated = [...new Set(doubles)];
  findings.found('LABEL_REPEATED', field, 'each label once', `more than once: ${listBriefly(repeated)}`);
  return [...new Set(labels)];
}
