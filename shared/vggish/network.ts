import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { melCount } from '../audio/log-mel.ts';
import { patchFrames } from '../audio/vggish-patches.ts';
import type { Tf } from '../engine/engine.ts';
import { convolutions, denseLayers } from './layout.ts';

/**
 * VGGish as published: convolutions of 3 x 3, halved by the maximum of 2 x 2, two wide layers, all with ReLU, and the
 * embedding without.
 *
 * @param patches `[n, 96, 64]` row-major, logarithms of mel spectrograms
 * @param weights by the names of `vggishLayout`
 * @returns embeddings `[n, 128]` row-major
 */
export function vggishEmbeddings(
  tf: Tf,
  weights: ReadonlyMap<string, Tensor>,
  patches: Float32Array,
): Float32Array {
  const of = <T extends Tensor>(name: string) => weights.get(name) as T;
  const embeddings = tf.tidy(() => {
    let image: Tensor4D = tf.tensor4d(patches, [
      patches.length / patchFrames / melCount,
      patchFrames,
      melCount,
      1,
    ]);
    for (const { name, halved } of convolutions) {
      image = tf.fused.conv2d({
        x: image,
        filter: of<Tensor4D>(`${name}/weights`),
        bias: of(`${name}/biases`),
        strides: 1,
        pad: 'same',
        activation: 'relu',
      });
      if (halved) image = tf.maxPool(image, 2, 2, 'same');
    }
    let flat: Tensor2D = tf.reshape(image, [image.shape[0], -1]);
    for (const name of denseLayers) {
      const activation = name === denseLayers.at(-1) ? 'linear' : 'relu';
      flat = tf.fused.matMul({
        a: flat,
        b: of<Tensor2D>(`${name}/weights`),
        bias: of(`${name}/biases`),
        activation,
      }) as Tensor2D;
    }
    return flat;
  });
  const values = embeddings.dataSync<'float32'>();
  embeddings.dispose();
  return values;
}
