import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openEngine } from '../../shared/engine/open-engine.ts';

const reason = await openEngine('native').then(
  () => undefined,
  (error: Error) => error.message,
);
if (reason !== undefined) console.warn(`The native engine is skipped: ${reason}`);

/** Unlike each other, of both signs, some zero. */
const values = (size: number) => Float32Array.from({ length: size }, (_, i) => ((i * 37) % 23) / 8 - 1);

const a = () => tf.tensor2d(values(35), [7, 5]);
const b = () => tf.tensor2d(values(20), [5, 4]);
const row = () => tf.tensor1d(values(5));

/** Value and gradients of a sum of unlike parts of the outputs. */
const cases: Readonly<Record<string, { inputs: () => tf.Tensor[]; of: (...x: tf.Tensor[]) => tf.Tensor }>> = {
  product: { inputs: () => [a(), b()], of: (x, y) => tf.matMul(x!, y!) },
  'product, both transposed': { inputs: () => [b(), a()], of: (x, y) => tf.matMul(x!, y!, true, true) },
  'products of a batch': {
    inputs: () => [tf.reshape(a(), [1, 7, 5]), tf.reshape(b(), [1, 5, 4])],
    of: (x, y) => tf.matMul(x!, y!),
  },
  'row added to each': { inputs: () => [a(), row()], of: (x, y) => tf.square(tf.add(x!, y!)) },
  'row taken from and multiplied with each': {
    inputs: () => [a(), row()],
    of: (x, y) => tf.mul(tf.sub(x!, y!), y!),
  },
  'column sums': { inputs: () => [a()], of: (x) => tf.square(tf.sum(x!, 0)) },
  'column sums as a row': { inputs: () => [a()], of: (x) => tf.square(tf.sum(x!, 0, true)) },
  'row sums': { inputs: () => [a()], of: (x) => tf.square(tf.sum(x!, -1)) },
  'sum of all': { inputs: () => [a()], of: (x) => tf.square(tf.sum(x!)) },
  'sums over the middle': {
    inputs: () => [tf.tensor3d(values(60), [3, 5, 4])],
    of: (x) => tf.square(tf.sum(x!, 1)),
  },
  'sums of whole numbers': {
    inputs: () => [a()],
    of: (x) => tf.mul(tf.sum(x!), tf.cast(tf.sum(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'), 0), 'float32')),
  },
  relu: { inputs: () => [a()], of: (x) => tf.square(tf.relu(x!)) },
  sigmoid: { inputs: () => [a()], of: (x) => tf.square(tf.sigmoid(x!)) },
};

function valuesOf(name: string): number[][] {
  const { inputs, of } = cases[name]!;
  return tf.tidy(() => {
    const scalar = (...x: tf.Tensor[]): tf.Scalar => {
      const output = of(...x);
      return tf.sum(tf.mul(output, tf.tensor(values(output.size), output.shape)));
    };
    const { value, grads } = tf.valueAndGrads(scalar)(inputs());
    return [value, ...grads].map((tensor) => [...tensor.dataSync()]);
  });
}

describe.skipIf(reason !== undefined)('kernels of our choice on the native engine', () => {
  it.each(Object.keys(cases))('value and gradients are those of plain JavaScript: %s', async (name) => {
    await openEngine('cpu');
    const expected = valuesOf(name);
    await openEngine('native');
    const before = tf.memory().numTensors;
    const received = valuesOf(name);
    expect(tf.memory().numTensors).toBe(before);
    expect(received.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
    for (const [i, numbers] of expected.entries()) {
      for (const [k, number] of numbers.entries()) expect(received[i]![k]).toBeCloseTo(number, 4);
    }
  });

  it('a lost weight is still seen: NaN goes through ReLU', async () => {
    await openEngine('native');
    const [value] = tf.tidy(() => tf.sum(tf.relu(tf.tensor1d([1, Number.NaN]))).dataSync());
    expect(value).toBeNaN();
  });
});
