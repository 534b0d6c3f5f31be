import { EarshotError } from '../errors/earshot-error.ts';

/**
 * JSON has neither NaN nor infinity, and a score that is none is a fault, not an answer.
 * @param scores of each clip, `[labels]`
 * @throws SCORES_NOT_FINITE
 */
export function expectFinite(scores: readonly Float32Array[]): void {
  for (const [clip, values] of scores.entries()) {
    // A sum is finite only when all are; probabilities are too small to overflow it.
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    if (Number.isFinite(sum)) continue;
    const received = `${values.find((value) => !Number.isFinite(value))}`;
    throw new EarshotError('SCORES_NOT_FINITE', { path: `clips[${clip}]`, expected: '0..1', received });
  }
}
