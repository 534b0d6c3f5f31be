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

it('drops what it has always dropped, across the blocks that it draws in', () => {
  const [mask, random] = [maskOf(20_001, 0.3, randomFor('dropout', 2, 5, 1)), randomFor('dropout', 2, 5, 1)];
  const kept = Math.fround(1 / 0.7);
  const limit = Math.round(0.3 * 65_536);
  for (let i = 0; i < mask.length; i += 2) {
    const bits = random.uniform() * 2 ** 32;
    expect(mask[i]).toBe(Math.floor(bits / 65_536) < limit ? 0 : kept);
    if (i + 1 < mask.length) expect(mask[i + 1]).toBe(bits % 65_536 < limit ? 0 : kept);
  }
});
