import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Tensor } from '@tensorflow/tfjs-core';
import { quantise } from '../audio/quantise.ts';
import { patchValues } from '../audio/vggish-patches.ts';
import { vggishKey } from '../dataset/keys.ts';
import type { Tf } from '../engine/engine.ts';
import type { SoundEncoder } from '../inference/sound-clips.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { eigenVectorsName, meansName, publishedSizes, type VggishSizes, vggishLayout } from './layout.ts';
import { vggishEmbeddings } from './network.ts';
import { openTensorFile } from './safetensors.ts';

/** Patches a pass: the engine holds the thread for as long, so other requests wait. */
const patchesPerPass = 4;

/**
 * Loads VGGish from the bucket, one tensor at a time: the largest is 200 MB, all are 290 MB.
 *
 * @returns null when it is not in the bucket
 * @throws VGGISH_UNREADABLE naming file, tensor, expected and received
 */
export async function loadVggish(
  store: ObjectStore,
  engine: () => Promise<{ readonly tf: Tf }>,
  sizes: VggishSizes = publishedSizes,
): Promise<SoundEncoder | null> {
  const file = await openTensorFile(store, vggishKey);
  if (file === null) return null;
  const { tf } = await engine();
  const width = sizes.embedding;
  const components = {
    eigenVectors: await file.read(eigenVectorsName, [width, width]),
    means: await file.read(meansName, [width, 1]),
  };
  const weights = new Map<string, Tensor>();
  try {
    for (const [name, shape] of vggishLayout(sizes)) {
      weights.set(name, tf.tensor(await file.read(name, shape), shape));
    }
  } catch (error) {
    tf.dispose([...weights.values()]);
    throw error;
  }
  return {
    width,
    async encode(patches) {
      const count = patches.length / patchValues;
      const bytes = new Uint8Array(count * width);
      for (let first = 0; first < count; first += patchesPerPass) {
        const part = patches.subarray(first * patchValues, (first + patchesPerPass) * patchValues);
        bytes.set(quantise(vggishEmbeddings(tf, weights, part), components), first * width);
        await othersTurn();
      }
      return bytes;
    },
  };
}
