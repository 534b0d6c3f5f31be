import { expect, it } from 'vitest';
import { bestAfter, isExhausted } from '../../../shared/training/early-stopping.ts';
import { trainingSettingsSchema } from '../../../shared/training/settings.ts';
import type { EarlyStopping } from '../../../shared/training/training-options.ts';
import type { BestSoFar } from '../../../shared/training/training-state.ts';

function follow(settings: EarlyStopping, values: readonly number[]): BestSoFar[] {
  let best: BestSoFar | null = null;
  const weights = new Map([['w', new Float32Array(1)]]);
  return values.map((value, i) => {
    weights.get('w')![0] = i;
    const metrics = { mAP: 0, AUC: 0, dPrime: 0, loss: 0, [settings.metric]: value };
    const point = { step: 10 * i, epoch: i, trainingLoss: 1, validation: metrics };
    best = bestAfter(settings, best, point, weights);
    return best;
  });
}

it.each([
  ['mAP', 'max', [0.1, 0.3, 0.2, 0.3, 0.31]],
  ['loss', 'min', [0.9, 0.7, 0.8, 0.7, 0.69]],
] as const)('the best %s is its %s, and its weights are kept', (metric, mode, values) => {
  const bests = follow({ metric, mode, patience: 2, minDelta: 0 }, values);
  expect(bests.map(({ step }) => step)).toEqual([0, 10, 10, 10, 40]);
  expect(bests.map(({ evaluationsSince }) => evaluationsSince)).toEqual([0, 0, 1, 2, 0]);
  expect(bests.map(({ weights }) => weights.get('w')![0])).toEqual([0, 1, 1, 1, 4]);
});

it('a gain of minDelta or less is none', () => {
  const bests = follow({ metric: 'AUC', mode: 'max', patience: 1, minDelta: 0.125 }, [0.5, 0.625, 0.75]);
  expect(bests.map(({ step }) => step)).toEqual([0, 0, 20]);
});

it('a value that is no number is no gain', () => {
  const bests = follow({ metric: 'mAP', mode: 'max', patience: 1, minDelta: 0 }, [0.5, Number.NaN]);
  expect(bests.map(({ evaluationsSince }) => evaluationsSince)).toEqual([0, 1]);
});

it('patience is spent by evaluations without a gain', () => {
  const settings = { metric: 'mAP', mode: 'max', patience: 2, minDelta: 0 } as const;
  const bests = follow(settings, [0.3, 0.2, 0.1]);
  expect(bests.map((best) => isExhausted(settings, { best }))).toEqual([false, false, true]);
  expect(isExhausted(settings, { best: null })).toBe(false);
  expect(isExhausted(null, { best: bests[2]! })).toBe(false);
});

it.each([
  { metric: 'mAP' },
  { metric: 'mAP', mode: 'min' },
  { metric: 'loss', mode: 'max' },
  { metric: 'accuracy', mode: 'max' },
])('early stopping cannot be asked for by %j', (earlyStopping) => {
  expect(trainingSettingsSchema.safeParse({ earlyStopping }).success).toBe(false);
});
