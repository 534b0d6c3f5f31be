import type { SeededRandom } from '../random/seeded-random.ts';
import { weightLayout } from './layout.ts';
import type { ModelSpec } from './model-spec.ts';
import { randomFor } from './random-streams.ts';
import { sizeOf, type Weight, type WeightSlot } from './weights.ts';

/** What the training set says before training. */
export interface InputFacts {
  /** `[labels]`, each in (0, 1): share of clips that have the label. */
  readonly priors: Float32Array;
  /** `[width]`: mean over clips of the time mean, after preprocessing. */
  readonly mean: Float32Array;
  /** `[width]`, above 0: standard deviation of the same. */
  readonly deviation: Float32Array;
  /** `[width]`, above 0: standard deviation of the frames themselves. */
  readonly frameDeviation: Float32Array;
}

/**
 * Weights before the first step: Glorot-uniform kernels (Glorot and Bengio 2010), zero biases, and
 * the bias of what becomes a probability at logit(prior), so that training does not begin with learning how rare labels are.
 * Depends on its arguments alone, not on the engine.
 */
export function initialWeights(spec: ModelSpec, seed: number, facts: InputFacts): Map<string, Weight> {
  const random = randomFor('weights', seed);
  return new Map(
    weightLayout(spec).map((slot) => [slot.name, { shape: slot.shape, values: start(slot, random, facts) }]),
  );
}

function start(slot: WeightSlot, random: SeededRandom, facts: InputFacts): Float32Array {
  const values = new Float32Array(sizeOf(slot.shape));
  switch (slot.start) {
    case 'zeros':
      return values;
    case 'ones':
      return values.fill(1);
    case 'prior':
      return facts.priors.map((prior) => Math.log(prior / (1 - prior)));
    case 'input-mean':
      return facts.mean.slice();
    case 'input-deviation':
      return facts.deviation.slice();
    case 'frame-deviation':
      return facts.frameDeviation.slice();
    case 'glorot': {
      const limit = Math.sqrt(6 / (slot.shape[0]! + slot.shape[1]!));
      return values.map(() => (2 * random.uniform() - 1) * limit);
    }
  }
}
