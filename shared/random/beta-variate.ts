import type { SeededRandom } from './seeded-random.ts';

/** A draw from Beta(alpha, alpha), in [0, 1]; `alpha` > 0. */
export function symmetricBeta(random: SeededRandom, alpha: number): number {
  const [a, b] = [logGamma(random, alpha), logGamma(random, alpha)];
  // As logarithms: for a small alpha both gammas may be below the smallest number.
  return 1 / (1 + Math.exp(b - a));
}

/** Logarithm of a draw from Gamma(shape, 1) by Marsaglia & Tsang, ACM TOMS 26(3), 2000. */
function logGamma(random: SeededRandom, shape: number): number {
  if (shape < 1) {
    const uniform = (Math.floor(random.uniform() * 2 ** 32) + 0.5) / 2 ** 32;
    return logGamma(random, shape + 1) + Math.log(uniform) / shape;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
