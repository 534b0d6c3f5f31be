import { describe, expect, it } from 'vitest';
import { nextUint32, SeededRandom, splitMix64 } from '../../../shared/random/seeded-random.ts';

describe('the generators under the seeded random numbers', () => {
  it('xoshiro128** gives the outputs of the reference C code from state 1, 2, 3, 4', () => {
    const state = Uint32Array.of(1, 2, 3, 4);
    expect(Array.from({ length: 10 }, () => nextUint32(state))).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('SplitMix64 gives the outputs of the reference C code from seed 1234567', () => {
    expect([1n, 2n, 3n, 4n, 5n].map((index) => splitMix64(1234567n, index))).toEqual([
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
      4593380528125082431n,
      16408922859458223821n,
    ]);
  });
});

describe('seeded random numbers', () => {
  const take = (random: SeededRandom) => Array.from({ length: 8 }, () => random.uniform());

  it('repeat for the same seed and stream, and differ for another seed, stream or sign', () => {
    const first = take(new SeededRandom(7));
    expect(take(new SeededRandom(7))).toEqual(first);
    expect(take(new SeededRandom(7, 0))).toEqual(first);
    for (const other of [new SeededRandom(8), new SeededRandom(7, 1), new SeededRandom(-7)]) {
      expect(take(other)).not.toEqual(first);
    }
  });

  it('draws every whole number below a limit equally often', () => {
    const random = new SeededRandom(1);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // 99.99 % quantile with 6 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.9);
  });

  it('draws standard normals: moments and tail', () => {
    const random = new SeededRandom(2);
    const draws = Float64Array.from({ length: 200_000 }, () => random.normal());
    const moment = (power: number) => draws.reduce((sum, x) => sum + x ** power, 0) / draws.length;
    expect(moment(1)).toBeCloseTo(0, 2);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.02);
    expect(Math.abs(moment(3))).toBeLessThan(0.05);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1);
    const beyondTwo = draws.filter((x) => Math.abs(x) > 2).length / draws.length;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.003);
  });

  it('shuffles into every order equally often and loses nothing', () => {
    const random = new SeededRandom(3);
    const seen = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const items = Uint8Array.of(1, 2, 3, 4);
      random.shuffle(items);
      const order = items.join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    for (const order of seen.keys()) expect([...order].sort().join('')).toBe('1234');
    const chiSquare = [...seen.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 99.99 % quantile with 23 degrees of freedom.
    expect(chiSquare).toBeLessThan(56);
  });
});

it('fills an array with the numbers that it draws one by one', () => {
  const [filled, drawn] = [new SeededRandom(5, 3), new SeededRandom(5, 3)];
  for (const length of [1, 7, 100]) {
    const words = new Uint32Array(length);
    filled.fill(words);
    expect([...words]).toEqual(Array.from(words, () => drawn.uniform() * 2 ** 32));
  }
});
