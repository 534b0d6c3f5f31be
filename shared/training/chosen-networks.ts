import { foldNormalisation } from '../model/fold.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import type { Weight } from '../model/weights.ts';
import { shaped, type TrainingState, weightsOf } from './training-state.ts';

/**
 * What a finished run's model is made of: with early stopping the averaged weights of the best evaluation; those of the
 * last evaluations, each a network of its own, where they are averaged; else those of the end, or the last weights where
 * these are clearly better on the validation split.
 */
export const choices = ['average', 'last', 'best', 'checkpoints'] as const;
export type Choice = (typeof choices)[number];

/** The networks of the model, folded: several for `checkpoints`, oldest first, else one. */
export function chosenNetworks(
  state: TrainingState,
  chosen: Choice,
  spec: ModelSpec,
): { spec: ModelSpec; weights: Map<string, Weight> }[] {
  const kept =
    chosen === 'checkpoints'
      ? state.recent.map(({ weights }) => shaped(weights, spec))
      : [weightsOf(state, chosen, spec)];
  return kept.map((weights) => foldNormalisation(spec, weights));
}
