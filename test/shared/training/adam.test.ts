import { expect, it } from 'vitest';
import { adamUpdate, correctedRate } from '../../../shared/training/adam.ts';
import { moveTowards, newestShare } from '../../../shared/training/moving-average.ts';

const gradientAt = (step: number) => [Math.sin(step), 1e-3 * Math.cos(3 * step), step === 4 ? 5 : 0];

it("Adam follows Kingma and Ba's formulas in double precision", () => {
  const slots = {
    weight: new Float32Array([0.5, -0.25, 1]),
    m: new Float32Array(3),
    v: new Float32Array(3),
    average: new Float32Array([0.5, -0.25, 1]),
  };
  const expected = { w: [0.5, -0.25, 1], m: [0, 0, 0], v: [0, 0, 0] };
  for (let step = 0; step < 40; step++) {
    adamUpdate(slots, Float32Array.from(gradientAt(step)), correctedRate(0.01, step), 0);
    for (const [i, g] of gradientAt(step).entries()) {
      const m = 0.9 * expected.m[i]! + 0.1 * g;
      const v = 0.999 * expected.v[i]! + 0.001 * g * g;
      expected.m[i] = m;
      expected.v[i] = v;
      const rate = (0.01 * Math.sqrt(1 - 0.999 ** (step + 1))) / (1 - 0.9 ** (step + 1));
      expected.w[i]! -= (rate * m) / (Math.sqrt(v) + 1e-7);
    }
  }
  for (const [i, w] of expected.w.entries()) expect(slots.weight[i]).toBeCloseTo(w, 5);
});

it('the moving average of a constant is the constant, and the start is soon forgotten', () => {
  const average = new Float32Array([100]);
  for (let step = 0; step < 60; step++) moveTowards(average, new Float32Array([1]), newestShare(0.999, step));
  expect(Math.abs(average[0]! - 1)).toBeLessThan(1e-3);
});

it('the share of the newest value falls to 1 - decay and stays there', () => {
  expect(newestShare(0.99, 0)).toBeCloseTo(0.9, 12);
  expect(newestShare(0.99, 100_000)).toBeCloseTo(0.01, 12);
  expect(newestShare(0, 50)).toBe(1);
});
