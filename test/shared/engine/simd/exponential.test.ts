import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exponential } from '../../../../shared/engine/simd/exponential.ts';

it('is what Math.exp gives, to 1e-8 of it', () => {
  fc.assert(
    fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
      expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(1e-8);
    }),
  );
});

it('ends in 0 and infinity, and does not hide what is not a number', () => {
  expect([-709, -1e30, Number.NEGATIVE_INFINITY].map(exponential)).toEqual([0, 0, 0]);
  expect([710, 1e30, Number.POSITIVE_INFINITY].map(exponential)).toEqual(
    Array(3).fill(Number.POSITIVE_INFINITY),
  );
  expect(exponential(Number.NaN)).toBeNaN();
  expect(exponential(0)).toBe(1);
});
