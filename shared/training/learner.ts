import type { Batch } from './batch.ts';

/** Makes the updates of a run, in the way that is quickest on its engine. */
export interface Learner {
  /**
   * Loss and gradients of a batch at the current weights, which thereby are proven good; the gradients are kept for
   * `apply`. Leaves the weights as they are.
   *
   * @returns mean binary cross-entropy over clips and labels
   * @throws EarshotError TRAINING_DIVERGED
   */
  compute(batch: Batch, step: number): number;
  /** One optimizer update of weights, batch-norm statistics and averages by the gradients computed last. */
  apply(step: number): void;
  /** Brings the arrays of the training state up to date. */
  save(): void;
  /** Frees the engine's memory. */
  dispose(): void;
}
