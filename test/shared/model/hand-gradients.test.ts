import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tf } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { batchNorm, batchNormEpsilon } from '../../../shared/model/batch-norm.ts';
import { attentionFloor, createPooling } from '../../../shared/model/pooling.ts';
import { largestDifference } from './small-models.ts';

let tf: Tf;
beforeAll(async () => {
  tf = (await openEngine('wasm')).tf;
});

type Function = (...inputs: Tensor[]) => Tensor;

/** Value and gradients of a weighted sum of what comes out. */
function differentiated(of: Function, inputs: Tensor[], weights: Tensor): Float32Array[] {
  const total = (...given: Tensor[]) => tf.sum(tf.mul(of(...given), weights)) as Scalar;
  return [of(...inputs), ...tf.grads(total)(inputs)].map((tensor) => tensor.dataSync<'float32'>());
}

function expectSame(hand: Float32Array[], automatic: Float32Array[]): void {
  expect(hand.length).toBe(automatic.length);
  for (const [i, array] of hand.entries()) expect(largestDifference(array, automatic[i]!)).toBeLessThan(2e-5);
}

describe('the gradients of a batch norm, by hand', () => {
  const [rows, units] = [12, 5];
  // Two rows of padding.
  const share = Array.from({ length: rows }, (_, row) => (row === 3 || row === 7 ? 0 : 0.1));

  function automatic(rowShare: Tensor2D, activate: (x: Tensor2D) => Tensor2D): Function {
    return (x, gamma, beta, bias) => {
      const sums = tf.add(x!, bias!);
      const mean = tf.matMul(rowShare, sums as Tensor2D);
      const centred = tf.sub(sums, mean);
      const variance = tf.matMul(rowShare, tf.square(centred) as Tensor2D);
      const normed = tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, batchNormEpsilon))), gamma!);
      return activate(tf.add(normed, beta!));
    };
  }

  const cases: [string, (mask: Tensor2D) => { mask: Tensor2D | null; dropout: number } | undefined][] = [
    ['alone', () => undefined],
    ['with ReLU', () => ({ mask: null, dropout: 0.4 })],
    ['with ReLU and dropout', (mask) => ({ mask, dropout: 0.4 })],
  ];

  it.each(cases)('are those of automatic differentiation: %s', (_name, activationOf) => {
    tf.tidy(() => {
      const rowShare = tf.tensor2d(share, [1, rows]);
      const kept = tf.cast(tf.greater(tf.randomUniform([rows, units], 0, 1, 'float32', 5), 0.4), 'float32');
      const activation = activationOf(tf.div(kept, 0.6));
      const activate = (x: Tensor2D) => {
        if (activation === undefined) return x;
        return activation.mask ? tf.mul<Tensor2D>(tf.relu(x), activation.mask) : tf.relu(x);
      };
      const inputs = [
        tf.randomNormal([rows, units], 3, 2, 'float32', 1),
        ...[2, 3, 4].map((seed) => tf.randomNormal([units], 0.5, 1, 'float32', seed)),
      ];
      // Nothing comes back to padding from behind.
      const weights = tf.mul(
        tf.randomNormal([rows, units], 0, 1, 'float32', 6),
        tf.reshape(tf.cast(tf.greater(rowShare, 0), 'float32'), [rows, 1]),
      );
      const hand: Function = (x, gamma, beta, bias) =>
        batchNorm(
          tf,
          {
            x: x as Tensor2D,
            gamma: gamma as Tensor1D,
            beta: beta as Tensor1D,
            bias: bias as Tensor1D,
            rowShare,
          },
          activation,
        ).y;
      expectSame(
        differentiated(hand, inputs, weights),
        differentiated(automatic(rowShare, activate), inputs, weights),
      );
    });
  });

  it('has the statistics of the rows that count, with the bias', () => {
    const { mean, variance } = batchNorm(tf, {
      x: tf.tensor2d([[1], [3], [1000]]),
      gamma: tf.tensor1d([1]),
      beta: tf.tensor1d([0]),
      bias: tf.tensor1d([10]),
      rowShare: tf.tensor2d([[0.5, 0.5, 0]]),
    });
    expect(mean.dataSync()[0]).toBe(12);
    expect(variance.dataSync()[0]).toBe(1);
  });
});

describe('the gradients of attention over time, by hand', () => {
  it.each(['softmax', 'sigmoid'] as const)('are those of automatic differentiation: %s', (attention) => {
    tf.tidy(() => {
      const [clips, frames, units] = [3, 4, 6];
      const mask = tf.tensor2d([
        [1, 1, 1, 1],
        [1, 1, 0, 0],
        [1, 0, 0, 0],
      ]);
      const rowMask = tf.reshape(mask, [clips * frames, 1]);
      const byTime = (x: Tensor) => tf.reshape(x, [clips, frames, units]);
      const automatic: Function = (x, logits) => {
        const open = attention === 'softmax' ? tf.softmax(logits!) : tf.sigmoid(logits!);
        const own = tf.mul(tf.clipByValue(open, attentionFloor, 1 - attentionFloor), rowMask);
        return tf.div(tf.sum(byTime(tf.mul(own, x!)), 1), tf.sum(byTime(own), 1));
      };
      // So wide that some of the attention is clipped at either end.
      const inputs = [1, 14].map((wide) =>
        tf.randomNormal([clips * frames, units], 0, wide, 'float32', wide),
      );
      const weights = tf.randomNormal([clips, units], 0, 1, 'float32', 3);
      const hand: Function = (x, logits) =>
        createPooling(tf, mask).attend(x as Tensor2D, logits as Tensor2D, attention);
      expectSame(differentiated(hand, inputs, weights), differentiated(automatic, inputs, weights));
    });
  });
});
