import type { EmbeddingShape } from '../dataset/clip-rows.ts';
import type { Example, Feature } from '../tfrecord/example.ts';
import { describeFeature, listBriefly, type RecordFindings } from './record-findings.ts';

const field = 'audio_embedding';

/** The values of one frame, as the record holds them. */
type Frame = Uint8Array | Float32Array;

/** The frames of a clip, `[frameCount, width]` row-major; a copy, so that the record's bytes can be let go. */
export interface ClipFrames {
  readonly frameCount: number;
  readonly frames: Uint8Array | Float32Array;
}

/**
 * Reads the embeddings: AudioSet's feature list of one feature a frame, or, in a tf.Example, one bytes or float list for
 * all frames. Null with findings when they do not fit the dataset.
 */
export function readClipFrames(
  example: Example,
  shape: EmbeddingShape,
  findings: RecordFindings,
): ClipFrames | null {
  const list = example.featureLists?.get(field);
  const all = list ? framesOfList(list, shape, findings) : framesOfFeature(example, shape, findings);
  if (all === null) return null;
  const { width, dtype } = shape;
  const rows = framesInRange(all, shape, findings);
  reportWidths(rows, shape, findings);
  if (dtype === 'float32') reportNotFinite(rows, findings);
  if (findings.hasError) return null;
  const frames =
    dtype === 'uint8' ? new Uint8Array(rows.length * width) : new Float32Array(rows.length * width);
  for (let row = 0; row < rows.length; row++) frames.set(rows[row]!, row * width);
  return { frameCount: rows.length, frames };
}

/** Frames beyond the most are cut where the policy tolerates them. */
function framesInRange(
  rows: readonly Frame[],
  { maxFrames }: EmbeddingShape,
  findings: RecordFindings,
): readonly Frame[] {
  const [expected, received] = [`1 to ${maxFrames} frames`, `${rows.length} frames`];
  if (rows.length === 0) findings.error('FRAMES_OUT_OF_RANGE', field, expected, received);
  if (rows.length <= maxFrames) return rows;
  const severity = findings.found('FRAMES_OUT_OF_RANGE', field, expected, received);
  return severity === 'error' ? rows : rows.slice(0, maxFrames);
}

const kindOf = { uint8: 'bytes', float32: 'float' } as const;

function framesOfList(
  list: readonly Feature[],
  { width, dtype }: EmbeddingShape,
  findings: RecordFindings,
): Frame[] | null {
  const rows: Frame[] = [];
  const wrongKind: number[] = [];
  const notOne: number[] = [];
  for (let frame = 0; frame < list.length; frame++) {
    const feature = list[frame]!;
    if (feature.kind !== kindOf[dtype]) wrongKind.push(frame);
    else if (feature.kind === 'float') rows.push(feature.values);
    else if (feature.kind === 'bytes' && feature.values.length === 1) rows.push(feature.values[0]!);
    else notOne.push(frame);
  }
  if (wrongKind.length > 0) {
    const received = `${describeFeature(list[wrongKind[0]!]!)} in ${inFrames(wrongKind)}`;
    findings.error('FEATURE_WRONG_KIND', field, expectedKind(dtype), received);
  }
  if (notOne.length > 0) {
    const received = `${describeFeature(list[notOne[0]!]!)} in ${inFrames(notOne)}`;
    findings.error('EMBEDDING_WRONG_WIDTH', field, `one byte string of ${width} bytes a frame`, received);
  }
  return wrongKind.length + notOne.length > 0 ? null : rows;
}

function framesOfFeature(
  { context, featureLists }: Example,
  { width, dtype }: EmbeddingShape,
  findings: RecordFindings,
): Frame[] | null {
  const feature = context.get(field);
  if (feature === undefined || feature.kind === 'none') {
    const names = [...(featureLists?.keys() ?? []), ...context.keys()];
    const received = names.length === 0 ? 'no feature' : `only ${listBriefly(names)}`;
    findings.error('FEATURE_MISSING', field, `a feature list or a feature named ${field}`, received);
    return null;
  }
  if (feature.kind !== kindOf[dtype]) {
    findings.error('FEATURE_WRONG_KIND', field, expectedKind(dtype), describeFeature(feature));
    return null;
  }
  if (feature.kind === 'bytes' && feature.values.length > 1) return [...feature.values];
  const all = feature.kind === 'bytes' ? (feature.values[0] ?? new Uint8Array(0)) : feature.values;
  if (!(all instanceof Uint8Array || all instanceof Float32Array)) return null;
  return cutIntoFrames(all, width, dtype, findings);
}

function cutIntoFrames(
  all: Frame,
  width: number,
  dtype: EmbeddingShape['dtype'],
  findings: RecordFindings,
): Frame[] | null {
  if (all.length % width !== 0) {
    const expected = `a multiple of ${width} ${unitOf[dtype]}`;
    findings.error('EMBEDDING_WRONG_WIDTH', field, expected, `${all.length} ${unitOf[dtype]}`);
    return null;
  }
  return Array.from({ length: all.length / width }, (_, row) => all.subarray(row * width, (row + 1) * width));
}

const unitOf = { uint8: 'bytes', float32: 'values' } as const;

function expectedKind(dtype: EmbeddingShape['dtype']): string {
  return `${kindOf[dtype]} lists, as the dataset's dtype is ${dtype}`;
}

function reportWidths(rows: readonly Frame[], { width, dtype }: EmbeddingShape, findings: RecordFindings) {
  const wrong = framesWhere(rows, (row) => row.length !== width);
  if (wrong.length === 0) return;
  const received = `${rows[wrong[0]!]!.length} ${unitOf[dtype]} in ${inFrames(wrong)}`;
  findings.error('EMBEDDING_WRONG_WIDTH', field, `${width} ${unitOf[dtype]} a frame`, received);
}

function reportNotFinite(rows: readonly Frame[], findings: RecordFindings): void {
  const wrong = framesWhere(rows, (row) => !row.every(Number.isFinite));
  if (wrong.length === 0) return;
  const row = rows[wrong[0]!]!;
  const at = row.findIndex((value) => !Number.isFinite(value));
  const received = `${row[at]} at value ${at} of ${inFrames(wrong)}`;
  findings.error('EMBEDDING_NOT_FINITE', field, 'finite numbers', received);
}

function framesWhere(rows: readonly Frame[], isWrong: (row: Frame) => boolean): number[] {
  const found: number[] = [];
  for (let frame = 0; frame < rows.length; frame++) if (isWrong(rows[frame]!)) found.push(frame);
  return found;
}

/** For example `frame 3 and 2 more frames`. */
function inFrames(frames: readonly number[]): string {
  const more = frames.length - 1;
  return `frame ${frames[0]}${more === 0 ? '' : ` and ${more} more ${more === 1 ? 'frame' : 'frames'}`}`;
}
