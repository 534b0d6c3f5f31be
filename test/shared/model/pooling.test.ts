import { expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { createPooling } from '../../../shared/model/pooling.ts';

it('equal largest frames share the gradient of the maximum, and frames behind the end get none', async () => {
  const { tf } = await openEngine('wasm');
  const { value, slope } = tf.tidy(() => {
    // Two clips of three frames; the second one ends after two, and larger things stand behind.
    const frames = tf.tensor2d([
      [-1, 4],
      [-1, 2],
      [-3, 4],
      [-5, 1],
      [-6, 0],
      [9, 9],
    ]);
    const mask = tf.tensor2d([
      [1, 1, 1],
      [1, 1, 0],
    ]);
    const weights = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const max = createPooling(tf, mask).max;
    const slopes = tf.grad((x) => tf.sum(tf.mul(max(x as typeof frames), weights)))(frames);
    return { value: max(frames).arraySync(), slope: slopes.arraySync() };
  });
  expect(value).toEqual([
    [-1, 4],
    [-5, 1],
  ]);
  expect(slope).toEqual([
    [0.5, 1],
    [0.5, 0],
    [0, 1],
    [3, 4],
    [0, 0],
    [0, 0],
  ]);
});
