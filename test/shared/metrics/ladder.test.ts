import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildLadder, placeScores, scoreKey } from '../../../shared/metrics/ladder.ts';

const bitsOf = (scores: readonly number[]) => new Int32Array(Float32Array.from(scores).buffer);
const anyFloat = fc.float({ noNaN: true });

it('a score stands on its rung, or above as many rungs as there are lower positives', async () => {
  await fc.assert(
    fc.property(fc.array(anyFloat, { minLength: 1 }), fc.array(anyFloat), (positives, others) => {
      const scores = [...others, ...positives].map(Math.fround);
      const ladder = buildLadder(bitsOf(positives).map(scoreKey));
      const places = new Uint32Array(scores.length);
      expect(placeScores(ladder, bitsOf(scores), places)).toBe(true);
      const rungs = [...new Set(positives.map((score) => Math.fround(score) + 0))].sort((a, b) => a - b);
      expect([...places]).toEqual(
        scores.map((score) => {
          const below = rungs.filter((rung) => rung < score).length;
          return rungs.some((rung) => rung === score) ? 2 * below + 1 : 2 * below;
        }),
      );
    }),
    { numRuns: 500 },
  );
});

it('what is no number is told, whatever its sign', () => {
  const ladder = buildLadder(bitsOf([0.5]).map(scoreKey));
  const places = new Uint32Array(1);
  for (const bits of [0x7fc0_0000, 0xffc0_0000 | 0, 0x7f80_0001]) {
    expect(placeScores(ladder, Int32Array.of(bits), places)).toBe(false);
  }
  expect(placeScores(ladder, bitsOf([Number.NEGATIVE_INFINITY]), places)).toBe(true);
});
