import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { compileProducts, StoredProduct } from '../../../../shared/engine/simd/stored-product.ts';
import { SeededRandom } from '../../../../shared/random/seeded-random.ts';

beforeAll(compileProducts);

const randomValues = (random: SeededRandom, size: number, scale: number) =>
  Float32Array.from({ length: size }, () => random.normal() * scale);

/** In double precision: each output, and the sum of the sizes of what it is the sum of. */
function product(x: Float32Array, weights: Float32Array, rows: number, inputs: number, outputs: number) {
  const cells = Array.from(
    { length: rows * outputs },
    (_, i) => [Math.floor(i / outputs), i % outputs] as const,
  );
  return cells.map(([row, output]) => {
    let [sum, size] = [0, 0];
    for (let i = 0; i < inputs; i++) {
      const part = x[row * inputs + i]! * weights[i * outputs + output]!;
      sum += part;
      size += Math.abs(part);
    }
    return { sum, size };
  });
}

const sizes = { rows: fc.integer({ min: 1, max: 12 }), side: fc.integer({ min: 1, max: 70 }) };

it('a product is right for all sizes and magnitudes', () => {
  const magnitude = fc.constantFrom(1e-20, 1e-4, 1, 1000, 40_000, 1e9, 1e25);
  fc.assert(
    fc.property(
      sizes.rows,
      sizes.side,
      sizes.side,
      magnitude,
      fc.nat(),
      (rows, inputs, outputs, scale, seed) => {
        const random = new SeededRandom(seed);
        const x = randomValues(random, rows * inputs, scale);
        const weights = randomValues(random, inputs * outputs, 0.1);
        const made = new StoredProduct(weights, inputs, outputs).multiply(x, rows);
        for (const [i, { sum, size }] of product(x, weights, rows, inputs, outputs).entries()) {
          expect(Math.abs(made[i]! - sum)).toBeLessThanOrEqual((inputs + 1) * 2 ** -23 * size);
        }
      },
    ),
    { numRuns: 60 },
  );
});

it('inputs that are infinite or no numbers are not hidden', () => {
  const of = new StoredProduct(Float32Array.of(1, 1), 2, 1);
  expect([...of.multiply(Float32Array.of(Number.NaN, 1), 1)]).toEqual([Number.NaN]);
  expect([...of.multiply(Float32Array.of(Number.POSITIVE_INFINITY, 1), 1)]).toEqual([
    Number.POSITIVE_INFINITY,
  ]);
});
