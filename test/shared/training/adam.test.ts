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
    adamUpdate(slots, Float32Array.from(gradientAt(step)), {
      rate: correctedRate(0.01, step),
      kept: 1,
      averageShare: 0,
    });
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

it('AdamW shrinks the weight by learning rate and decay, apart from the gradient', () => {
  const slotsOf = () => ({
    weight: new Float32Array([0.5]),
    m: new Float32Array(1),
    v: new Float32Array(1),
    average: new Float32Array(1),
  });
  const [plain, decayed] = [slotsOf(), slotsOf()];
  const shares = { rate: correctedRate(0.01, 0), kept: 1, averageShare: 0 };
  adamUpdate(plain, new Float32Array([2]), shares);
  adamUpdate(decayed, new Float32Array([2]), { ...shares, kept: 1 - 0.01 * 0.1 });
  expect(plain.weight[0]! - decayed.weight[0]!).toBeCloseTo(0.5 * 0.001, 7);
  expect(decayed.m).toEqual(plain.m);
});
