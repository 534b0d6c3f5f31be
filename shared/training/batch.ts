import type { ClipTable } from '../dataset/clip-table.ts';
import { type Preprocessing, preprocess } from '../model/preprocessing.ts';

/** The input of one training step, row-major. */
export interface Batch {
  readonly clips: number;
  /** `[clips, maxFrames, width]`, preprocessed, zero behind a clip's end. */
  readonly frames: Float32Array;
  /** `[clips, maxFrames]`: 1 for the clip's frames. */
  readonly mask: Float32Array;
  /** `[clips, labels]`: 1 for the clip's labels. */
  readonly targets: Float32Array;
  /** `[clips, clips]`, rows of sum 1: share of each clip in the pooled frames of a clip, when these are mixed there. */
  readonly mix?: Float32Array;
  /** From `dropoutMasks`; made by whoever trains on the batch where it has none. */
  readonly dropoutMasks?: readonly Float32Array[];
}

/** Gathers rows of the table. */
export function gatherBatch(
  table: ClipTable,
  rows: Uint32Array,
  labels: number,
  preprocessing: Preprocessing,
): Batch {
  const batch = emptyBatch(rows.length, table, labels);
  for (const [i, row] of rows.entries()) fillClip(batch, i, table, row, preprocessing);
  return batch;
}

/** A batch to be filled clip by clip. */
export function emptyBatch(
  clips: number,
  { maxFrames, width }: Pick<ClipTable, 'maxFrames' | 'width'>,
  labels: number,
): Batch {
  return {
    clips,
    frames: new Float32Array(clips * maxFrames * width),
    mask: new Float32Array(clips * maxFrames),
    targets: new Float32Array(clips * labels),
  };
}

/** Makes a row of the table clip `i` of the batch; only here stored embeddings become floats while training. */
export function fillClip(
  { clips, frames, mask, targets }: Batch,
  i: number,
  table: ClipTable,
  row: number,
  preprocessing: Preprocessing,
): void {
  const { maxFrames, width } = table;
  const labels = targets.length / clips;
  preprocess(preprocessing, framesOf(table, row), frames, i * maxFrames * width);
  mask.fill(1, i * maxFrames, i * maxFrames + table.frameCounts[row]!);
  for (let at = table.labelOffsets[row]!; at < table.labelOffsets[row + 1]!; at++) {
    targets[i * labels + table.labelIndices[at]!] = 1;
  }
}

/** `[t, width]` of one clip: a view, not a copy. @throws Error when the table's frames are not in memory */
export function framesOf(table: ClipTable, row: number): Uint8Array | Float32Array {
  const first = row * table.maxFrames * table.width;
  if (first >= table.frames.length) throw new Error(`the frames of clip ${row} are not in memory`);
  return table.frames.subarray(first, first + table.frameCounts[row]! * table.width);
}
