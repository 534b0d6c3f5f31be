import { expect, it } from 'vitest';
import { dPrimeOf } from '../../../shared/metrics/d-prime.ts';
import { inverseNormal } from '../../../shared/metrics/inverse-normal.ts';

/** From Python's statistics.NormalDist().inv_cdf. */
const quantiles: [number, number][] = [
  [1e-20, -9.262340089798409],
  [1e-10, -6.361340902404056],
  [0.01, -2.3263478740408408],
  [0.3, -0.5244005127080409],
  [0.5, 0],
  [0.924, 1.432502720825812],
  [0.926, 1.446632067158979],
  [0.999999, 4.753424308817087],
];

it.each(quantiles)('the normal quantile of %s is exact to 14 digits', (p, expected) => {
  expect(Math.abs(inverseNormal(p) - expected)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(expected)));
});

it('d-prime of the AUC of the published AudioSet baseline is the published one', () => {
  // Gemmeke et al. 2017: AUC 0.959, d-prime 2.452 (from the unrounded AUC).
  expect(dPrimeOf(0.959, 1e9)).toBeCloseTo(2.46, 2);
});

it('d-prime is zero for chance, symmetric, and finite at the ends', () => {
  expect(dPrimeOf(0.5, 100)).toBe(0);
  expect(dPrimeOf(0.2, 100)).toBeCloseTo(-dPrimeOf(0.8, 100), 12);
  expect(dPrimeOf(1, 50)).toBeCloseTo(dPrimeOf(0.99, 1e9), 12);
  expect(dPrimeOf(0, 50)).toBeCloseTo(-dPrimeOf(1, 50), 12);
});
