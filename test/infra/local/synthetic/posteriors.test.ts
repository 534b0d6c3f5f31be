import fc from 'fast-check';
import { expect, it } from 'vitest';
import { drawLabels } from '../../../../infra/local/synthetic/label-draw.ts';
import { closeOverChildren, posteriorsOf } from '../../../../infra/local/synthetic/posteriors.ts';
import { syntheticLabels } from '../../../../infra/local/synthetic/synthetic-labels.ts';
import { noisyOr } from '../../../../infra/local/synthetic/teacher.ts';
import { SeededRandom } from '../../../../shared/random/seeded-random.ts';

const labels = syntheticLabels.length;

/** Standard errors between a frequency and its probability, over `draws` draws. */
const deviation = (frequency: number, probability: number, draws: number) =>
  Math.abs(frequency - probability) / Math.sqrt((probability * (1 - probability)) / draws + 1e-12);

it('is the frequency of every label among many draws, in likely and unlikely clips alike', () => {
  const draws = 20_000;
  for (const [seed, ceiling] of [0.6, 0.1, 0.001].entries()) {
    const random = new SeededRandom(seed);
    const own = Float64Array.from({ length: labels }, () => ceiling * random.uniform());
    const counts = new Float64Array(labels);
    let empty = 0;
    for (let i = 0; i < draws; i++) {
      const drawn = drawLabels(own, random);
      if (drawn.length === 0) empty += 1;
      for (const label of drawn) counts[label]! += 1;
    }
    expect(empty).toBe(0);
    const posteriors = posteriorsOf(own);
    for (let label = 0; label < labels; label++) {
      expect(deviation(counts[label]! / draws, posteriors[label]!, draws)).toBeLessThan(4.5);
    }
  }
});

it('passes a certain descendant on to each ancestor with the product of the closures between', () => {
  const at = (name: string) => syntheticLabels.findIndex((label) => label.displayName === name);
  const own = new Float64Array(labels);
  own[at('Bark')] = 1;
  const closed = closeOverChildren(own);
  expect(closed[at('Bark')]).toBe(1);
  expect(closed[at('Dog')]).toBeCloseTo(0.9, 12);
  expect(closed[at('Animal')]).toBeCloseTo(0.9 * 0.8, 12);
  expect([...closed].filter((probability) => probability > 0)).toHaveLength(3);
});

it('draws labels in ascending order and none twice', () => {
  const random = new SeededRandom(9);
  const own = new Float64Array(labels).fill(0.5);
  for (let i = 0; i < 200; i++) {
    const drawn = drawLabels(own, random);
    expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
  }
});

it('is the noisy-or of a logistic unit a frame', () => {
  const logOdds = fc.double({ min: -12, max: 12, noNaN: true });
  fc.assert(
    fc.property(fc.array(logOdds, { minLength: 1, maxLength: 10 }), logOdds, (frames, bias) => {
      const odds = new Float64Array(labels * 10);
      odds.set(frames.map(Math.exp));
      const silent = frames.map((value) => 1 - 1 / (1 + Math.exp(-(value + bias))));
      const expected = 1 - silent.reduce((product, probability) => product * probability, 1);
      expect(noisyOr({ clips: 1, maxFrames: 10, odds }, 0, 0, Math.exp(bias))).toBeCloseTo(expected, 9);
    }),
  );
});
