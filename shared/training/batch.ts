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
}

/** Gathers rows of the table; the only place where stored embeddings become floats while training. */
export function gatherBatch(
  table: ClipTable,
  rows: Uint32Array,
  labels: number,
  preprocessing: Preprocessing,
): Batch {
  const { maxFrames, width } = table;
  const frames = new Float32Array(rows.length * maxFrames * width);
  const mask = new Float32Array(rows.length * maxFrames);
  const targets = new Float32Array(rows.length * labels);
  for (const [i, row] of rows.entries()) {
    preprocess(preprocessing, framesOf(table, row), frames, i * maxFrames * width);
    mask.fill(1, i * maxFrames, i * maxFrames + table.frameCounts[row]!);
    for (let at = table.labelOffsets[row]!; at < table.labelOffsets[row + 1]!; at++) {
      targets[i * labels + table.labelIndices[at]!] = 1;
    }
  }
  return { clips: rows.length, frames, mask, targets };
}

/** `[t, width]` of one clip: a view, not a copy. */
export function framesOf(table: ClipTable, row: number): Uint8Array | Float32Array {
  const first = row * table.maxFrames * table.width;
  return table.frames.subarray(first, first + table.frameCounts[row]! * table.width);
}
