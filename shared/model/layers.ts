import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';

/** Keras' default. */
export const batchNormEpsilon = 1e-3;

/** Keeps clip(a, 1e-7, 1 - 1e-7) of the reference's attention. */
const attentionFloor = 1e-7;

/** What a training step adds to a forward pass. */
export interface TrainingPass {
  /** One a hidden layer, `[rows, units]`: 0 for dropped units, 1 / (1 - dropout) for kept ones. */
  readonly dropoutMasks: readonly Tensor2D[];
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
   * Dense → batch norm → ReLU → dropout, `[rows, inputs]` → `[rows, units]`.
   * `rowShare` `[1, rows]` weighs the rows in the batch statistics: zero for padding, sum 1.
   */
  hidden(layer: string, index: number, x: Tensor2D, rowShare: Tensor2D): Tensor2D;
}

export interface LayersOptions {
  readonly tf: Tf;
  readonly weights: WeightTensors;
  readonly folded: boolean;
  readonly training?: TrainingPass | undefined;
}

export function createLayers({ tf, weights, folded, training }: LayersOptions): Layers {
  const weight = <T extends Tensor>(name: string): T => {
    const tensor = weights[name];
    if (tensor === undefined) throw new Error(`the model has no weight ${name}`);
    return tensor as T;
  };

  const dense = (layer: string, x: Tensor2D): Tensor2D =>
    tf.add(tf.matMul(x, weight<Tensor2D>(`${layer}/kernel`)), weight<Tensor1D>(`${layer}/bias`));

  const batchNorm = (layer: string, x: Tensor2D, rowShare: Tensor2D): Tensor2D => {
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

  const hidden = (layer: string, index: number, x: Tensor2D, rowShare: Tensor2D): Tensor2D => {
    const linear = dense(layer, x);
    const active = tf.relu(folded ? linear : batchNorm(layer, linear, rowShare));
    const mask = training?.dropoutMasks[index];
    return mask === undefined ? active : tf.mul(active, mask);
  };

  return { dense, hidden };
}

/**
 * Single attention over time: Σₜ αₜ cₜ with c = σ(classification) and α the softmax over labels of each
 * frame, clipped as in the reference, then normalised over the clip's own frames for each label.
 *
 * @param classification `[clips · frames, labels]` logits
 * @param attention `[clips · frames, labels]` logits
 * @param mask `[clips, frames]`, 1 for frames of the clip and 0 behind its end
 * @returns `[clips, labels]` in (0, 1)
 */
export function attendOverTime(
  tf: Tf,
  classification: Tensor2D,
  attention: Tensor2D,
  mask: Tensor2D,
): Tensor2D {
  const [clips, frames] = mask.shape;
  const labels = classification.shape[1];
  const clipped = tf.clipByValue(tf.softmax(attention), attentionFloor, 1 - attentionFloor);
  const share = tf.mul<Tensor2D>(clipped, tf.reshape(mask, [clips * frames, 1]));
  const overTime = (x: Tensor2D) => tf.sum<Tensor2D>(tf.reshape(x, [clips, frames, labels]), 1);
  return tf.div(overTime(tf.mul(share, tf.sigmoid(classification))), overTime(share));
}

/** Mean over a clip's own frames: `[clips, frames, width]`, `[clips, frames]` → `[clips, width]`. */
export function maskedTimeMean(tf: Tf, frames: Tensor3D, mask: Tensor2D): Tensor2D {
  const total = tf.sum<Tensor2D>(tf.mul(frames, tf.expandDims(mask, 2)), 1);
  return tf.div(total, tf.sum(mask, 1, true));
}
