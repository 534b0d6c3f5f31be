import { melCount } from '../audio/log-mel.ts';
import { patchFrames, patchValues } from '../audio/vggish-patches.ts';
import type { StoredProduct } from '../engine/simd/stored-product.ts';
import { convolutions, denseLayers } from './layout.ts';

/** Of a dense layer `[inputs, units]`; of a convolution `[3 x 3 x inputs, channels]`. */
export interface Layer {
  readonly weights: StoredProduct;
  readonly biases: Float32Array;
}

/** `[rows, columns, channels]`, row-major: frames, mel bands and what has become of them. */
interface Image {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly values: Float32Array;
}

/**
 * VGGish as published: convolutions of 3 x 3, halved by the maximum of 2 x 2, two wide layers, all with ReLU, and the
 * embedding without.
 *
 * @param layers by the names of their variables, without `/weights`
 * @param patches `[n, 96, 64]` row-major, logarithms of mel spectrograms; the weights of the wide layers are read once
 *   for five of them
 * @returns embeddings `[n, 128]` row-major
 */
export function vggishEmbeddings(layers: ReadonlyMap<string, Layer>, patches: Float32Array): Float32Array {
  const count = patches.length / patchValues;
  const images = Array.from({ length: count }, (_, i) =>
    convolved(layers, patches.subarray(i * patchValues, (i + 1) * patchValues)),
  );
  let values = new Float32Array(images.reduce((sum, image) => sum + image.length, 0));
  for (const [i, image] of images.entries()) values.set(image, i * image.length);
  for (const name of denseLayers) {
    const layer = layers.get(name)!;
    values = layer.weights.multiply(values, count) as Float32Array<ArrayBuffer>;
    addBiases(values, layer.biases, name === denseLayers.at(-1) ? Number.NEGATIVE_INFINITY : 0);
  }
  return values;
}

function convolved(layers: ReadonlyMap<string, Layer>, patch: Float32Array): Float32Array {
  let image: Image = { rows: patchFrames, columns: melCount, channels: 1, values: patch };
  for (const { name, halved } of convolutions) {
    const { weights, biases } = layers.get(name)!;
    const { rows, columns } = image;
    const values = weights.multiply(neighbourhoods(image), rows * columns);
    addBiases(values, biases, 0);
    image = { rows, columns, channels: biases.length, values };
    if (halved) image = halvedByMaximum(image);
  }
  return image.values;
}

/** In place; what is below `least` becomes it. */
function addBiases(values: Float32Array, biases: Float32Array, least: number): void {
  const width = biases.length;
  for (let start = 0; start < values.length; start += width) {
    for (let i = 0; i < width; i++) {
      const sum = values[start + i]! + biases[i]!;
      values[start + i] = sum < least ? least : sum;
    }
  }
}

/** The 3 x 3 values around each place, `[rows x columns, 9 x channels]`; zeros beyond the edges. */
function neighbourhoods({ rows, columns, channels, values }: Image): Float32Array {
  const width = 9 * channels;
  const around = new Float32Array(rows * columns * width);
  for (let row = 0; row < rows; row++) {
    for (let dy = -1; dy <= 1; dy++) {
      if (row + dy < 0 || row + dy >= rows) continue;
      const line = (row + dy) * columns;
      for (let column = 0; column < columns; column++) {
        // The three side by side lie one behind another in both.
        const first = Math.max(0, column - 1);
        const end = Math.min(columns, column + 2);
        const to =
          (row * columns + column) * width + (dy + 1) * 3 * channels + (first - column + 1) * channels;
        around.set(values.subarray((line + first) * channels, (line + end) * channels), to);
      }
    }
  }
  return around;
}

/** The largest of each 2 x 2. */
function halvedByMaximum({ rows, columns, channels, values }: Image): Image {
  const halved = { rows: rows / 2, columns: columns / 2, channels };
  const largest = new Float32Array(halved.rows * halved.columns * channels);
  const line = columns * channels;
  for (let row = 0; row < halved.rows; row++) {
    for (let column = 0; column < halved.columns; column++) {
      const from = 2 * row * line + 2 * column * channels;
      const to = (row * halved.columns + column) * channels;
      for (let i = from; i < from + channels; i++) {
        const upper = Math.max(values[i]!, values[i + channels]!);
        const lower = Math.max(values[i + line]!, values[i + line + channels]!);
        largest[to + i - from] = Math.max(upper, lower);
      }
    }
  }
  return { ...halved, values: largest };
}
