import type { Engine } from '../engine/engine.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { createArrayLearner } from './array-learner.ts';
import type { Learner } from './learner.ts';
import type { ResolvedSettings } from './settings.ts';
import type { TrainingState } from './training-state.ts';
import { createVariableLearner } from './variable-learner.ts';

/** Trains where the weights are quickest to reach: in the engine's memory, or on the arrays of the state. */
export function createLearner(
  { tf, variables }: Engine,
  spec: ModelSpec,
  settings: ResolvedSettings,
  state: TrainingState,
): Learner {
  return variables === undefined
    ? createArrayLearner(tf, spec, settings, state)
    : createVariableLearner(tf, variables, spec, settings, state);
}
