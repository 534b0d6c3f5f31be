/** Adam's decay rates and ε as in Keras (Kingma and Ba 2015, the form with ε̂). */
export const beta1 = 0.9;
export const beta2 = 0.999;
export const epsilon = 1e-7;

/** One weight with its optimizer slots and its moving average, all of the same length. */
export interface AdamSlots {
  readonly weight: Float32Array;
  /** First and second moment of the gradient. */
  readonly m: Float32Array;
  readonly v: Float32Array;
  readonly average: Float32Array;
}

/** How an update is weighed. */
export interface AdamStep {
  /** From `correctedRate`. */
  readonly rate: number;
  /** Share of the weight that the decay leaves (AdamW: 1 - learning rate · weight decay); 1 without decay. */
  readonly kept: number;
  /** Share of the new weight in the moving average. */
  readonly averageShare: number;
}

/** The learning rate of a step with the correction of the moments' bias; `step` counts from 0. */
export function correctedRate(learningRate: number, step: number): number {
  return (learningRate * Math.sqrt(1 - beta2 ** (step + 1))) / (1 - beta1 ** (step + 1));
}

/**
 * One Adam update and one of the moving average, in place, in a single pass over the memory. The decay is decoupled
 * from the gradient (Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).
 */
export function adamUpdate(
  { weight, m, v, average }: AdamSlots,
  gradient: Float32Array,
  { rate, kept, averageShare }: AdamStep,
): void {
  for (let i = 0; i < weight.length; i++) {
    const g = gradient[i]!;
    const mi = beta1 * m[i]! + (1 - beta1) * g;
    const vi = beta2 * v[i]! + (1 - beta2) * g * g;
    m[i] = mi;
    v[i] = vi;
    const w = kept * weight[i]! - (rate * mi) / (Math.sqrt(vi) + epsilon);
    weight[i] = w;
    average[i]! += averageShare * (w - average[i]!);
  }
}
