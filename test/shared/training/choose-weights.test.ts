import { expect, it } from 'vitest';
import type { RankingMetrics } from '../../../shared/metrics/ranking-metrics.ts';
import { chooseWeights } from '../../../shared/training/choose-weights.ts';

function withAP(values: readonly (number | null)[]): RankingMetrics {
  const classes = values.map((AP, label) => ({ label, positives: 3, AP, AUC: 0.5, dPrime: 0 }));
  const zero = { mAP: 0, AUC: 0, dPrime: 0, meanClassDPrime: 0, priorMAP: 0 };
  return { ...zero, classes, evaluated: 0, labels: values.length, clips: 100 };
}

it('the last weights are taken when nearly all classes gain', () => {
  const chosen = chooseWeights(withAP([0.2, 0.3, null, 0.4, 0.1]), withAP([0.25, 0.36, null, 0.44, 0.16]));
  expect(chosen).toBe('last');
});

it('the average is taken when the gain is one lucky class, no gain, or not measurable', () => {
  const average = withAP([0.2, 0.3, 0.4, 0.1]);
  expect(chooseWeights(average, withAP([0.2, 0.29, 0.41, 0.4]))).toBe('average');
  expect(chooseWeights(average, average)).toBe('average');
  expect(chooseWeights(average, withAP([0.1, 0.2, 0.3, 0.05]))).toBe('average');
  expect(chooseWeights(withAP([0.1, null]), withAP([0.9, null]))).toBe('average');
});
