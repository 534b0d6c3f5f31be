import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromFloat16, largestFloat16, throughFloat16, toFloat16 } from '../../../shared/model/float16.ts';

const everyHalf = Uint16Array.from({ length: 65_536 }, (_, half) => half);
const isNaNHalf = (half: number) => (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;

it('every number of binary16 is kept, with its sign', () => {
  const numbers = everyHalf.filter((half) => !isNaNHalf(half));
  expect(
    Buffer.compare(Buffer.from(toFloat16(fromFloat16(numbers)).buffer), Buffer.from(numbers.buffer)),
  ).toBe(0);
});

it('known numbers have the bits that IEEE 754 gives them', () => {
  const known: [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [1 / 3, 0x3555],
    [largestFloat16, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [65_520, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [1 + 1 / 2048, 0x3c00],
    [1 + 3 / 2048, 0x3c02],
  ];
  for (const [value, bits] of known) expect(toFloat16(Float32Array.of(value))[0], `${value}`).toBe(bits);
  expect(isNaNHalf(toFloat16(Float32Array.of(Number.NaN))[0]!)).toBe(true);
});

it('any other number becomes the nearest one', async () => {
  const finite = [...fromFloat16(everyHalf.filter((half) => (half & 0x7c00) !== 0x7c00))].sort(
    (a, b) => a - b,
  );
  const range = { min: -largestFloat16, max: largestFloat16, noNaN: true };
  await fc.assert(
    fc.property(fc.oneof(fc.float(range), fc.float({ ...range, min: -1, max: 1 })), (value) => {
      const [rounded] = throughFloat16(Float32Array.of(value));
      let low = 0;
      let high = finite.length - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (finite[middle]! <= value) low = middle;
        else high = middle;
      }
      const nearest = Math.min(Math.abs(value - finite[low]!), Math.abs(finite[high]! - value));
      expect(Math.abs(value - rounded!)).toBe(nearest);
    }),
  );
});
