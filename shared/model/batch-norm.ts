import type { GradSaveFunc, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';

/** Keras' default. */
export const batchNormEpsilon = 1e-3;

/** ReLU and dropout behind a batch norm. */
export interface Activation {
  /** `[rows, units]`: 0 for dropped units, 1 / (1 - dropout) for the others; null drops none. */
  readonly mask: Tensor2D | null;
  readonly dropout: number;
}

export interface BatchNormInputs {
  /** `[rows, units]` */
  readonly x: Tensor2D;
  /** Each `[units]`. */
  readonly gamma: Tensor1D;
  readonly beta: Tensor1D;
  /** To be thought of as added to `x`: the batch's mean takes it away again, so that its gradient is zero. */
  readonly bias?: Tensor1D;
  /** `[1, rows]`: weighs the rows in mean and variance; zero for padding, sum 1. */
  readonly rowShare: Tensor2D;
}

export interface BatchNormed {
  /** `[rows, units]` */
  readonly y: Tensor2D;
  /** Of the batch with the bias, each `[units]`. */
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

/**
 * γ · (x - mean) / √(variance + ε) + β with the weighted statistics of the batch itself, then ReLU and dropout where
 * asked for.
 *
 * Differentiated by hand (Ioffe and Szegedy 2015, section 3, with a weight for each row): automatic differentiation
 * makes some twenty passes over `[rows, units]` of it, this eight. What is dropped by either, and only that, is zero
 * in what comes out, so that the gradient of ReLU alone, times 1 / (1 - dropout), is that of both.
 */
export function batchNorm(tf: Tf, inputs: BatchNormInputs, activation?: Activation): BatchNormed {
  const { rowShare, bias } = inputs;
  // Weighted column means as a matrix product: the masked mean at no extra cost.
  const batchMean = (of: Tensor2D) => tf.squeeze<Tensor1D>(tf.matMul(rowShare, of), [0]);
  const mean = batchMean(inputs.x);
  const variance = batchMean(tf.squaredDifference<Tensor2D>(inputs.x, mean));
  const rowWeight = tf.reshape(rowShare, [-1, 1]) as Tensor2D;

  const operation = tf.customGrad((...args: unknown[]) => {
    const [x, gamma, beta] = args as [Tensor2D, Tensor1D, Tensor1D];
    const save = args.at(-1) as GradSaveFunc;
    const rate = tf.rsqrt(tf.add(variance, batchNormEpsilon)) as Tensor1D;
    const normed = tf.batchNorm(x, mean, variance, beta, gamma, batchNormEpsilon) as Tensor2D;
    const value = activation === undefined ? normed : activate(tf, normed, activation);
    // Whatever else the forward pass has made is gone by then.
    save([x, gamma, rate, value, mean, rowWeight]);

    const gradFunc = (dy: Tensor2D, saved: Tensor[]) => {
      const [ofX, ofGamma, ofRate, out, ofMean, weight] = saved as [
        ...[Tensor2D, Tensor1D, Tensor1D],
        ...[Tensor2D, Tensor1D, Tensor2D],
      ];
      const behind = activation === undefined ? dy : reluGradient(tf, dy, out);
      const kept = activation?.mask ? 1 / (1 - activation.dropout) : 1;
      const shift = tf.mul<Tensor1D>(tf.sum(behind, 0), kept);
      const moment = tf.mul<Tensor1D>(tf.sum(tf.mul(behind, ofX), 0), kept);
      // Σ dy · (x - mean)
      const centred = tf.sub<Tensor1D>(moment, tf.mul(ofMean, shift));
      const scale = tf.mul<Tensor1D>(ofGamma, ofRate);
      const slope = tf.mul<Tensor1D>(tf.mul(scale, tf.square(ofRate)), centred);
      // What the statistics have of it: slope · (x - mean) + scale · shift, in one pass.
      const common = tf.batchNorm(ofX, ofMean, tf.onesLike(ofMean), tf.mul(scale, shift), slope, 0);
      const dx = tf.sub(tf.mul(behind, tf.mul(scale, kept)), tf.mul(common, weight));
      return [dx, tf.mul(ofRate, centred), shift, ...(bias ? [tf.zerosLike(shift)] : [])];
    };
    return { value, gradFunc: gradFunc as never };
  });
  const differentiated = [inputs.x, inputs.gamma, inputs.beta, ...(bias ? [bias] : [])];
  const y = operation(...differentiated) as Tensor2D;
  return { y, mean: bias ? tf.add<Tensor1D>(mean, bias) : mean, variance };
}

function activate(tf: Tf, x: Tensor2D, { mask }: Activation): Tensor2D {
  const positive = tf.relu(x);
  return mask === null ? positive : tf.mul(positive, mask);
}

/** As the engine has it, which may have an operation of its own for it. */
function reluGradient(tf: Tf, dy: Tensor2D, y: Tensor2D): Tensor2D {
  return tf.getGradient(tf.Relu).gradFunc(dy, [y], {})['x']!() as Tensor2D;
}
