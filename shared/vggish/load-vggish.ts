import { setImmediate as othersTurn } from 'node:timers/promises';
import { quantise } from '../audio/quantise.ts';
import { patchValues } from '../audio/vggish-patches.ts';
import { vggishKey } from '../dataset/keys.ts';
import { compileProducts, StoredProduct } from '../engine/simd/stored-product.ts';
import type { SoundEncoder } from '../inference/sound-clips.ts';
import { inSlices } from '../model/steps.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import {
  convolutions,
  denseLayers,
  eigenVectorsName,
  meansName,
  publishedSizes,
  type VggishSizes,
  vggishLayout,
} from './layout.ts';
import { type Layer, vggishEmbeddings } from './network.ts';
import { openTensorFile } from './safetensors.ts';

/** Patches a pass: the thread is held for as long, so other requests wait. The kernels take five at once. */
const patchesPerPass = 5;

/**
 * Loads VGGish from the bucket, one tensor at a time: the largest is 200 MB, all are 290 MB.
 *
 * @returns null when it is not in the bucket
 * @throws VGGISH_UNREADABLE naming file, tensor, expected and received
 */
export async function loadVggish(
  store: ObjectStore,
  sizes: VggishSizes = publishedSizes,
): Promise<SoundEncoder | null> {
  const file = await openTensorFile(store, vggishKey);
  if (file === null) return null;
  const width = sizes.embedding;
  const components = {
    eigenVectors: await file.read(eigenVectorsName, [width, width]),
    means: await file.read(meansName, [width, 1]),
  };
  await compileProducts();
  const layers = new Map<string, Layer>();
  const layout = vggishLayout(sizes);
  for (const name of [...convolutions.map((layer) => layer.name), ...denseLayers]) {
    const biases = await file.read(`${name}/biases`, layout.get(`${name}/biases`)!);
    const shape = layout.get(`${name}/weights`)!;
    const outputs = biases.length;
    const inputs = shape.reduce((product, length) => product * length, 1) / outputs;
    const values = await file.read(`${name}/weights`, shape);
    layers.set(name, { weights: await inSlices(StoredProduct.inSteps(values, inputs, outputs)), biases });
  }
  return {
    width,
    async encode(patches) {
      const count = patches.length / patchValues;
      const bytes = new Uint8Array(count * width);
      for (let first = 0; first < count; first += patchesPerPass) {
        const part = patches.subarray(first * patchValues, (first + patchesPerPass) * patchValues);
        bytes.set(quantise(vggishEmbeddings(layers, part), components), first * width);
        await othersTurn();
      }
      return bytes;
    },
  };
}
