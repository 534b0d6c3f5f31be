import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';
import { type Activation, batchNorm, batchNormEpsilon } from './batch-norm.ts';

/** What a training step adds to a forward pass. */
export interface TrainingPass {
  /** By `dropoutShapes`: 0 for dropped units, 1 / (1 - dropout) for kept ones. None: nothing is dropped. */
  readonly dropoutMasks: readonly Tensor2D[];
  /** Of every hidden layer, 0 to below 1. */
  readonly dropout: number;
  /** `[clips, clips]`, rows of sum 1: share of each clip in what follows the pooling of a clip (mixup). */
  readonly mix?: Tensor2D | undefined;
  /** Receives mean and variance of the batch, each `[units]`, for the moving statistics. */
  readonly onStatistics: (layer: string, mean: Tensor1D, variance: Tensor1D) => void;
}

/** A model's weights as tensors, by the names of its layout. */
export type WeightTensors = Readonly<Record<string, Tensor>>;

/** The parts that the forward pass of every model is made of. */
export interface Layers {
  /** `[rows, inputs]` → `[rows, outputs]`. */
  dense(layer: string, x: Tensor2D): Tensor2D;
  /**
   * Batch norm of a layer's outputs where the model has one, else `x`.
   * `rowShare` `[1, rows]` weighs the rows in the batch statistics: zero for padding, sum 1.
   */
  normalise(layer: string, x: Tensor2D, rowShare: Tensor2D): Tensor2D;
  /** Dense → batch norm where the model has one, `[rows, inputs]` → `[rows, outputs]`. */
  denseNorm(layer: string, x: Tensor2D, rowShare: Tensor2D): Tensor2D;
  /** Drops units in a training step; `index` counts the dropout masks. */
  drop(index: number, x: Tensor2D): Tensor2D;
  /** Mixes the pooled clips `[clips, units]` of a training step with each other, where it says how. */
  mix(x: Tensor2D): Tensor2D;
  /** Dense → batch norm → ReLU → dropout, `[rows, inputs]` → `[rows, units]`. */
  hidden(layer: string, index: number, x: Tensor2D, rowShare: Tensor2D): Tensor2D;
}

export interface LayersOptions {
  readonly tf: Tf;
  readonly weights: WeightTensors;
  readonly training?: TrainingPass | undefined;
}

export function createLayers({ tf, weights, training }: LayersOptions): Layers {
  const weight = <T extends Tensor>(name: string): T => {
    const tensor = weights[name];
    if (tensor === undefined) throw new Error(`the model has no weight ${name}`);
    return tensor as T;
  };

  const dense = (layer: string, x: Tensor2D): Tensor2D =>
    tf.add(tf.matMul(x, weight<Tensor2D>(`${layer}/kernel`)), weight<Tensor1D>(`${layer}/bias`));

  /** None where it is folded, or never was. */
  const normWeights = (layer: string) =>
    weights[`${layer}/gamma`] === undefined
      ? null
      : { gamma: weight<Tensor1D>(`${layer}/gamma`), beta: weight<Tensor1D>(`${layer}/beta`) };

  const normalise = (layer: string, x: Tensor2D, rowShare: Tensor2D): Tensor2D => {
    const norm = normWeights(layer);
    if (norm === null) return x;
    if (training === undefined) {
      const [mean, variance] = [weight<Tensor1D>(`${layer}/mean`), weight<Tensor1D>(`${layer}/variance`)];
      return tf.batchNorm(x, mean, variance, norm.beta, norm.gamma, batchNormEpsilon) as Tensor2D;
    }
    const { y, mean, variance } = batchNorm(tf, { x, rowShare, ...norm });
    training.onStatistics(layer, mean, variance);
    return y;
  };

  const drop = (index: number, x: Tensor2D): Tensor2D => {
    const mask = training?.dropoutMasks[index];
    return mask === undefined ? x : tf.mul(x, mask);
  };

  const mix = (x: Tensor2D): Tensor2D => (training?.mix === undefined ? x : tf.matMul(training.mix, x));

  const normedDense = (layer: string, x: Tensor2D, rowShare: Tensor2D, activation?: Activation) => {
    const norm = normWeights(layer);
    if (training === undefined || norm === null) return null;
    // The bias is left out of the sums: normalisation takes it away again.
    const sums = tf.matMul(x, weight<Tensor2D>(`${layer}/kernel`)) as Tensor2D;
    const bias = weight<Tensor1D>(`${layer}/bias`);
    const { y, mean, variance } = batchNorm(tf, { x: sums, bias, rowShare, ...norm }, activation);
    training.onStatistics(layer, mean, variance);
    return y;
  };

  const denseNorm = (layer: string, x: Tensor2D, rowShare: Tensor2D): Tensor2D =>
    normedDense(layer, x, rowShare) ?? normalise(layer, dense(layer, x), rowShare);

  const hidden = (layer: string, index: number, x: Tensor2D, rowShare: Tensor2D): Tensor2D => {
    const mask = training?.dropoutMasks[index] ?? null;
    return (
      normedDense(layer, x, rowShare, { mask, dropout: training?.dropout ?? 0 }) ??
      drop(index, tf.relu(denseNorm(layer, x, rowShare)))
    );
  };

  return { dense, normalise, denseNorm, drop, mix, hidden };
}
