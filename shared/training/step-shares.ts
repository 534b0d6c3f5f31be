import { type AdamStep, correctedRate } from './adam.ts';
import { learningRateAt } from './learning-rate.ts';
import { newestShare } from './moving-average.ts';
import type { ResolvedSettings } from './settings.ts';

/** Keras' default momentum of the moving batch-norm statistics. */
const statisticsDecay = 0.99;

/** How much each part of an update counts at a step. */
export interface StepShares {
  /** Of a kernel; the decay leaves the other weights alone. */
  readonly kernel: AdamStep;
  readonly other: AdamStep;
  /** Share of the batch in the moving batch-norm statistics. */
  readonly statistics: number;
}

export function stepShares(settings: ResolvedSettings, step: number): StepShares {
  const learningRate = learningRateAt(settings, step);
  const other = {
    rate: correctedRate(learningRate, step),
    kept: 1,
    averageShare: newestShare(settings.emaDecay, step),
  };
  return {
    kernel: { ...other, kept: 1 - learningRate * settings.weightDecay },
    other,
    statistics: newestShare(statisticsDecay, step),
  };
}

export const isKernel = (name: string) => name.endsWith('/kernel');
