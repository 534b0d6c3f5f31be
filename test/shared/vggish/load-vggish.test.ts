import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantise } from '../../../shared/audio/quantise.ts';
import { patchValues } from '../../../shared/audio/vggish-patches.ts';
import { vggishKey } from '../../../shared/dataset/keys.ts';
import { throughFloat16 } from '../../../shared/model/float16.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { publishedSizes, vggishLayout } from '../../../shared/vggish/layout.ts';
import { loadVggish } from '../../../shared/vggish/load-vggish.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { randomVggish, type StoredTensor, safetensorsOf, smallSizes } from '../../fixtures/vggish.ts';
import { plainEmbedding } from './plain-vggish.ts';

let local: TemporaryStore;
let store: ObjectStore;

beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
});
afterAll(() => local.remove());

const load = () => loadVggish(store, smallSizes);
const patches = Float32Array.from(
  { length: 5 * patchValues },
  (_, i) => Math.sin(i / 7) * (1 + i / patchValues) - 2,
);

/** Of each patch, without an engine. */
function expected(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  const embeddings = Array.from({ length: 5 }, (_, i) =>
    plainEmbedding(tensors, patches.subarray(i * patchValues, (i + 1) * patchValues)),
  );
  const [eigenVectors, means] = ['pca_eigen_vectors', 'pca_means'].map((name) => tensors.get(name)!.values);
  return quantise(Float32Array.from(embeddings.flat()), { eigenVectors: eigenVectors!, means: means! });
}

function expectClose(bytes: Uint8Array, wanted: Uint8Array): void {
  expect(bytes).toHaveLength(wanted.length);
  // A value at the edge of a step may fall to either side.
  for (const [i, byte] of bytes.entries()) expect(Math.abs(byte - wanted[i]!)).toBeLessThanOrEqual(1);
  expect(bytes.filter((byte, i) => byte === wanted[i]).length).toBeGreaterThan(0.9 * bytes.length);
  expect(new Set(bytes).size).toBeGreaterThan(10);
}

describe('VGGish from the bucket', () => {
  it('is null when nobody has put it there', async () => {
    expect(await load()).toBeNull();
  });

  it('makes of patches the bytes that its layers say, one by one', async () => {
    const tensors = randomVggish(smallSizes);
    await store.put(vggishKey, safetensorsOf(tensors));
    const encoder = await load();
    expectClose(await encoder!.encode(patches), expected(tensors));
    expect(await encoder!.encode(new Float32Array(0))).toHaveLength(0);
  });

  it('may be stored in half the size', async () => {
    const tensors = randomVggish(smallSizes, 2);
    await store.put(vggishKey, safetensorsOf(tensors, 'F16'));
    const rounded = new Map(
      [...tensors].map(([name, { shape, values }]) => [name, { shape, values: throughFloat16(values) }]),
    );
    expectClose(await (await load())!.encode(patches), expected(rounded));
  });

  it('has the 72 million weights of the published checkpoint', () => {
    const sizes = [...vggishLayout(publishedSizes).values()].map((shape) => shape.reduce((a, b) => a * b, 1));
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(72_141_184);
  });
});

describe('what is wrong with the object is named', () => {
  const tensors = randomVggish(smallSizes);
  const file = Buffer.from(safetensorsOf(tensors));
  const other = (name: string, tensor: StoredTensor) => safetensorsOf(new Map(tensors).set(name, tensor));
  const longHeader = Buffer.from(file);
  longHeader.writeBigUInt64LE(2n ** 40n);
  const noJson = Buffer.from(file);
  noJson[8] = 'x'.charCodeAt(0);
  it.each([
    ['too short', file.subarray(0, 5), 'header length', '5 bytes'],
    ['an NPZ', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(100, 7)]), 'header length', '50638'],
    ['a header longer than the file may have', longHeader, 'header length', '1099511627776'],
    ['no JSON', noJson, 'header', 'JSON'],
    ['a tensor too few', safetensorsOf(new Map([...tensors].slice(0, -1))), 'pca_means', 'no such tensor'],
    [
      'another shape',
      other('vggish/conv2/weights', { shape: [3], values: new Float32Array(3) }),
      'vggish/conv2/weights',
      '[3]',
    ],
    ['cut', file.subarray(0, -4), 'pca_means', `${file.length - 4} bytes`],
    [
      'not a number',
      other('vggish/conv1/biases', { shape: [2], values: Float32Array.of(0, Number.NaN) }),
      'vggish/conv1/biases',
      'NaN as value 1',
    ],
  ])('%s', async (_, bytes, field, received) => {
    await store.put(vggishKey, bytes);
    await expect(load()).rejects.toMatchObject({
      code: 'VGGISH_UNREADABLE',
      details: {
        file: vggishKey,
        field,
        expected: expect.stringMatching(/./),
        received: expect.stringContaining(received),
      },
    });
  });
});
