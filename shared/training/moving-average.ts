/**
 * The share of the newest value in a moving average that keeps `decay`: larger in the first steps, so
 * that the start is forgotten soon and short runs have an average too (as TensorFlow's
 * ExponentialMovingAverage with `num_updates`). `step` counts from 0.
 */
export function newestShare(decay: number, step: number): number {
  return 1 - Math.min(decay, (1 + step) / (10 + step));
}

/** In place. */
export function moveTowards(average: Float32Array, newest: Float32Array, share: number): void {
  for (let i = 0; i < average.length; i++) average[i]! += share * (newest[i]! - average[i]!);
}
