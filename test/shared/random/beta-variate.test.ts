import { expect, it } from 'vitest';
import { symmetricBeta } from '../../../shared/random/beta-variate.ts';
import { SeededRandom } from '../../../shared/random/seeded-random.ts';

it.each([0.01, 0.2, 0.5, 1, 4])('draws from Beta(%s, %s) have its mean and variance', (alpha) => {
  const random = new SeededRandom(7);
  const draws = Array.from({ length: 20_000 }, () => symmetricBeta(random, alpha));
  expect(draws.every((draw) => draw >= 0 && draw <= 1)).toBe(true);
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
  // Five standard errors.
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(variance / draws.length));
  expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeCloseTo(1, 1);
});

it('Beta(1, 1) is uniform', () => {
  const random = new SeededRandom(3);
  const counts = new Uint32Array(10);
  for (let i = 0; i < 20_000; i++) counts[Math.min(9, Math.floor(10 * symmetricBeta(random, 1)))]!++;
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(220);
});
