import type { Tf } from '../engine/engine.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { adamUpdate } from './adam.ts';
import { checkFinite } from './check-finite.ts';
import { computeGradients, type StepGradients } from './gradients.ts';
import type { Learner } from './learner.ts';
import { moveTowards } from './moving-average.ts';
import type { ResolvedSettings } from './settings.ts';
import { isKernel, stepShares } from './step-shares.ts';
import type { TrainingState } from './training-state.ts';

/** Updates the arrays of the state themselves, so they are always up to date; the same on every engine. */
export function createArrayLearner(
  tf: Tf,
  spec: ModelSpec,
  settings: ResolvedSettings,
  state: TrainingState,
): Learner {
  let computed: StepGradients | null = null;
  return {
    compute(batch, step) {
      computed = computeGradients({ tf, spec, weights: state.weights, batch, seed: settings.seed, step });
      checkFinite(step, computed);
      return computed.loss;
    },
    apply(step) {
      if (computed === null) throw new Error('no gradients were computed');
      applyGradients(state, computed, settings, step);
      computed = null;
    },
    save() {},
    dispose() {},
  };
}

function applyGradients(
  state: TrainingState,
  { gradients, statistics }: StepGradients,
  settings: ResolvedSettings,
  step: number,
): void {
  const shares = stepShares(settings, step);
  for (const [name, gradient] of gradients) {
    const slots = {
      weight: state.weights.get(name)!,
      m: state.m.get(name)!,
      v: state.v.get(name)!,
      average: state.average.get(name)!,
    };
    adamUpdate(slots, gradient, isKernel(name) ? shares.kernel : shares.other);
  }
  for (const [name, statistic] of statistics) {
    const moving = state.weights.get(name)!;
    moveTowards(moving, statistic, shares.statistics);
    moveTowards(state.average.get(name)!, moving, shares.other.averageShare);
  }
}
