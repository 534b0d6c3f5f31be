import type { ClipTable } from '../dataset/clip-table.ts';
import { framesOf } from './batch.ts';

/** Mean over a clip's frames of each embedding value, of some rows: `[rows, width]`. */
export function timeMeans(table: ClipTable, rows: Uint32Array): Float32Array {
  const { width } = table;
  const means = new Float32Array(rows.length * width);
  const sums = new Float64Array(width);
  for (const [i, row] of rows.entries()) {
    sums.fill(0);
    const frames = framesOf(table, row);
    for (let at = 0; at < frames.length; at += width) {
      for (let k = 0; k < width; k++) sums[k]! += frames[at + k]!;
    }
    for (let k = 0; k < width; k++) means[i * width + k] = (sums[k]! * width) / frames.length;
  }
  return means;
}

/** Mean and deviation of each column of `[n, width]`; a column that never changes has deviation 1. */
export function columnMoments(
  values: Float32Array,
  width: number,
): { mean: Float64Array; deviation: Float64Array } {
  const rows = values.length / width;
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (let at = 0; at < values.length; at++) mean[at % width]! += values[at]! / rows;
  for (let at = 0; at < values.length; at++)
    deviation[at % width]! += (values[at]! - mean[at % width]!) ** 2 / rows;
  for (let k = 0; k < width; k++) deviation[k] = deviation[k]! > 1e-12 ? Math.sqrt(deviation[k]!) : 1;
  return { mean, deviation };
}

/** Brings the columns to mean 0 and deviation 1 of the clips that the moments are of, in place. */
export function standardise(
  values: Float32Array,
  { mean, deviation }: { mean: Float64Array; deviation: Float64Array },
): void {
  const width = mean.length;
  for (let at = 0; at < values.length; at++) {
    values[at] = (values[at]! - mean[at % width]!) / deviation[at % width]!;
  }
}
