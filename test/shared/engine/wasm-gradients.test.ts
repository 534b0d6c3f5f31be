import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { SeededRandom } from '../../../shared/random/seeded-random.ts';

interface Case {
  readonly a: number[];
  readonly b: number[];
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const cases: [string, Case][] = [
  ['more rows than columns', { a: [40, 7], b: [7, 5] }],
  ['a large right side', { a: [3, 30], b: [30, 50] }],
  ['one row', { a: [1, 6], b: [6, 4] }],
  ['one column', { a: [9, 6], b: [6, 1] }],
  ['a batch of matrices', { a: [4, 3, 6], b: [4, 6, 5] }],
  ['transposed left', { a: [7, 4], b: [7, 5], transposeA: true }],
  ['transposed right', { a: [4, 7], b: [5, 7], transposeB: true }],
  ['both transposed', { a: [7, 4], b: [5, 7], transposeA: true, transposeB: true }],
];

describe('the gradient of matMul on WebAssembly', () => {
  it.each(cases)("equals the cpu backend's: %s", async (_, sizes) => {
    const expected = gradients(await openEngine('cpu'), sizes);
    const received = gradients(await openEngine('wasm'), sizes);

    for (const [i, values] of expected.entries()) {
      expect(received[i]!.length).toBe(values.length);
      for (const [j, value] of values.entries()) expect(received[i]![j]).toBeCloseTo(value, 4);
    }
  });
});

/** d Σ tanh(a · b) by a and b: the gradient that arrives at the product differs at each place. */
function gradients({ tf }: Engine, { a, b, transposeA = false, transposeB = false }: Case): Float32Array[] {
  const random = new SeededRandom(1);
  const tensor = (shape: number[]) =>
    tf.tensor(
      Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.normal() / 3),
      shape,
    );
  const loss = (x: Tensor, y: Tensor) => tf.sum(tf.tanh(tf.matMul(x, y, transposeA, transposeB)));
  const tensors = tf.tidy(() => tf.grads(loss)([tensor(a), tensor(b)]));
  const values = tensors.map((gradient) => gradient.dataSync<'float32'>());
  tf.dispose(tensors);
  return values;
}
