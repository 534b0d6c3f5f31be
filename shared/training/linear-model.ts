import type { Tf } from '../engine/engine.ts';
import { adamUpdate, correctedRate } from './adam.ts';

/** Of the newest weights in their moving average. */
const averageShare = 0.05;
const rowsScoredAtOnce = 4096;

export interface LinearWeights {
  /** `[width, labels]` */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** Logistic regression of `labels` labels on `[n, width]` features: averaged weights, trained by Adam under an L2 penalty. */
export function createLinearModel(tf: Tf, width: number, labels: number, rate: number, decay: number) {
  const slots = (length: number) => ({
    weight: new Float32Array(length),
    m: new Float32Array(length),
    v: new Float32Array(length),
    average: new Float32Array(length),
  });
  const kernel = slots(width * labels);
  const bias = slots(labels);
  const probabilities = (x: Float32Array, rows: number, { kernel, bias }: LinearWeights) =>
    tf.sigmoid(
      tf.add(
        tf.matMul(tf.tensor2d(x, [rows, width]), tf.tensor2d(kernel, [width, labels])),
        tf.tensor1d(bias),
      ),
    );

  return {
    /** @param counts clips of each label, of so many; half a clip on either side keeps the logits finite */
    startFromPriors(counts: Uint32Array, clips: number): void {
      for (let k = 0; k < labels; k++)
        bias.weight[k] = Math.log((counts[k]! + 0.5) / (clips - counts[k]! + 0.5));
      bias.average.set(bias.weight);
    },
    /**
     * @param x `[n, width]`
     * @param targets `[n, labels]`
     * @param step counts from 0
     */
    update(x: Float32Array, targets: Float32Array, step: number): void {
      const rows = x.length / width;
      let kernelGradient = new Float32Array();
      let biasGradient = new Float32Array();
      // Not as the value of tidy: it would search the arrays for tensors, number by number.
      tf.tidy(() => {
        const error = tf.div(
          tf.sub(
            probabilities(x, rows, { kernel: kernel.weight, bias: bias.weight }),
            tf.tensor2d(targets, [rows, labels]),
          ),
          rows,
        );
        const gradient = tf.matMul(tf.tensor2d(x, [rows, width]), error, true);
        kernelGradient = gradient.dataSync<'float32'>() as Float32Array<ArrayBuffer>;
        biasGradient = tf.sum(error, 0).dataSync<'float32'>() as Float32Array<ArrayBuffer>;
      });
      for (let i = 0; i < kernelGradient.length; i++) kernelGradient[i]! += decay * kernel.weight[i]!;
      adamUpdate(kernel, kernelGradient, correctedRate(rate, step), averageShare);
      adamUpdate(bias, biasGradient, correctedRate(rate, step), averageShare);
    },
    averaged: (): LinearWeights => ({ kernel: kernel.average.slice(), bias: bias.average.slice() }),
    /** Probabilities `[n, labels]`. */
    score(x: Float32Array, weights: LinearWeights): Float32Array {
      const scores = new Float32Array((x.length / width) * labels);
      for (let first = 0; first < x.length / width; first += rowsScoredAtOnce) {
        const some = x.subarray(first * width, (first + rowsScoredAtOnce) * width);
        const result = tf.tidy(() => probabilities(some, some.length / width, weights));
        scores.set(result.dataSync<'float32'>(), first * labels);
        result.dispose();
      }
      return scores;
    },
  };
}
