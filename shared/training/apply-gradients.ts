import { adamUpdate, correctedRate } from './adam.ts';
import type { StepGradients } from './gradients.ts';
import { moveTowards, newestShare } from './moving-average.ts';
import type { TrainingState } from './training-state.ts';

/** Keras' default momentum of the moving batch-norm statistics. */
const statisticsDecay = 0.99;

/** One optimizer update of weights, statistics and averages, in place; counts the step. */
export function applyGradients(
  state: TrainingState,
  { gradients, statistics }: StepGradients,
  { learningRate, emaDecay }: { learningRate: number; emaDecay: number },
): void {
  const averageShare = newestShare(emaDecay, state.step);
  const rate = correctedRate(learningRate, state.step);
  for (const [name, gradient] of gradients) {
    const slots = {
      weight: state.weights.get(name)!,
      m: state.m.get(name)!,
      v: state.v.get(name)!,
      average: state.average.get(name)!,
    };
    adamUpdate(slots, gradient, rate, averageShare);
  }
  for (const [name, statistic] of statistics) {
    const moving = state.weights.get(name)!;
    moveTowards(moving, statistic, newestShare(statisticsDecay, state.step));
    moveTowards(state.average.get(name)!, moving, averageShare);
  }
  state.step++;
}
