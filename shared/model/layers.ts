import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';

/** Keras' default. */
export const batchNormEpsilon = 1e-3;

/** What a training step adds to a forward pass. */
export interface TrainingPass {
  /** By `dropoutShapes`: 0 for dropped units, 1 / (1 - dropout) for kept ones. None: nothing is dropped. */
  readonly dropoutMasks: readonly Tensor2D[];
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

  const normalise = (layer: string, x: Tensor2D, rowShare: Tensor2D): Tensor2D => {
    // Folded, or never there.
    if (weights[`${layer}/gamma`] === undefined) return x;
    const gamma = weight<Tensor1D>(`${layer}/gamma`);
    const beta = weight<Tensor1D>(`${layer}/beta`);
    // Weighted column means as a matrix product: the masked mean at no extra cost.
    const batchMean = (of: Tensor2D) => tf.squeeze<Tensor1D>(tf.matMul(rowShare, of), [0]);
    const mean = training ? batchMean(x) : weight<Tensor1D>(`${layer}/mean`);
    const centred = tf.sub<Tensor2D>(x, mean);
    const variance = training ? batchMean(tf.square(centred)) : weight<Tensor1D>(`${layer}/variance`);
    training?.onStatistics(layer, mean, variance);
    const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, batchNormEpsilon)));
    return tf.add(tf.mul(centred, scale), beta);
  };

  const drop = (index: number, x: Tensor2D): Tensor2D => {
    const mask = training?.dropoutMasks[index];
    return mask === undefined ? x : tf.mul(x, mask);
  };

  const mix = (x: Tensor2D): Tensor2D => (training?.mix === undefined ? x : tf.matMul(training.mix, x));

  const hidden = (layer: string, index: number, x: Tensor2D, rowShare: Tensor2D): Tensor2D =>
    drop(index, tf.relu(normalise(layer, dense(layer, x), rowShare)));

  return { dense, normalise, drop, mix, hidden };
}
