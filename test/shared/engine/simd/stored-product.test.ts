import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StoredProduct } from '../../../../shared/engine/simd/stored-product.ts';
import { fromFloat16, toFloat16 } from '../../../../shared/model/float16.ts';
import { SeededRandom } from '../../../../shared/random/seeded-random.ts';

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

it.each(['halves', 'floats'] as const)(
  'a product with %s is right for all sizes and magnitudes',
  (stored) => {
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
          const halves = toFloat16(randomValues(random, inputs * outputs, 0.1));
          const weights = fromFloat16(halves);
          const made = new StoredProduct(stored === 'halves' ? halves : weights, inputs, outputs).multiply(
            x,
            rows,
          );
          for (const [i, { sum, size }] of product(x, weights, rows, inputs, outputs).entries()) {
            expect(Math.abs(made[i]! - sum)).toBeLessThanOrEqual((inputs + 1) * 2 ** -23 * size);
          }
        },
      ),
      { numRuns: 60 },
    );
  },
);

it('every half is multiplied with as what it is, the smallest too', () => {
  const halves = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter(
    (bits) => (bits & 0x7c00) !== 0x7c00,
  );
  const made = new StoredProduct(halves, 1, halves.length).multiply(Float32Array.of(1), 1);
  expect(made).toEqual(fromFloat16(halves).map((value) => value + 0));
});

it('inputs that are infinite or no numbers are not hidden', () => {
  const of = new StoredProduct(toFloat16(Float32Array.of(1, 1)), 2, 1);
  expect([...of.multiply(Float32Array.of(Number.NaN, 1), 1)]).toEqual([Number.NaN]);
  expect([...of.multiply(Float32Array.of(Number.POSITIVE_INFINITY, 1), 1)]).toEqual([
    Number.POSITIVE_INFINITY,
  ]);
});
