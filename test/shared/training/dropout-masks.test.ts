import { expect, it } from 'vitest';
import { randomFor } from '../../../shared/model/random-streams.ts';
import type { SeededRandom } from '../../../shared/random/seeded-random.ts';
import { fillMask } from '../../../shared/training/dropout-masks.ts';

function maskOf(size: number, ...how: [rate: number, random: SeededRandom]): Float32Array {
  const mask = new Float32Array(size);
  fillMask(mask, ...how);
  return mask;
}

it.each([0.1, 0.5, 0.8])('drops a share of %s and keeps the mean at 1', (rate) => {
  const mask = maskOf(100_001, rate, randomFor('dropout', 1, 3, 0));
  expect(mask.length).toBe(100_001);
  const dropped = mask.filter((value) => value === 0).length / mask.length;
  expect(Math.abs(dropped - rate)).toBeLessThan(0.01);
  expect(mask.every((value) => value === 0 || value === Math.fround(1 / (1 - rate)))).toBe(true);
});

it('drops other units in every step and layer, and the same ones again for the same', () => {
  const mask = (step: number, layer: number) => maskOf(64, 0.5, randomFor('dropout', 1, step, layer)).join();
  expect(mask(3, 1)).toBe(mask(3, 1));
  expect(new Set([mask(3, 0), mask(3, 1), mask(4, 0), mask(4, 1), mask(0, 0)]).size).toBe(5);
});

it.each([
  [0.5, 1],
  [0.25, 2],
  [0.8125, 4],
  [0.3, 16],
])('drops what it has always dropped at a rate of %s, by %i bits a unit', (rate, bits) => {
  const mask = maskOf(200_001, rate, randomFor('dropout', 2, 5, 1));
  const random = randomFor('dropout', 2, 5, 1);
  const kept = Math.fround(1 / (1 - rate));
  const limit = Math.round(rate * 65_536) / 2 ** (16 - bits);
  const expected: number[] = [];
  while (expected.length < mask.length) {
    const word = random.uniform() * 2 ** 32;
    for (let i = 0; i < 32 / bits; i++) {
      expected.push(Math.floor(word / 2 ** (bits * i)) % 2 ** bits < limit ? 0 : kept);
    }
  }
  expect(mask).toEqual(Float32Array.from(expected.slice(0, mask.length)));
});
