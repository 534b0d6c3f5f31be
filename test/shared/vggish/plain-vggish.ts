import type { StoredTensor } from '../../fixtures/vggish.ts';

interface Image {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly values: Float64Array;
}

/** VGGish by the definitions of its layers, in loops; `patch` is `[96, 64]`. */
export function plainEmbedding(weights: ReadonlyMap<string, StoredTensor>, patch: Float32Array): number[] {
  let image: Image = { rows: 96, columns: 64, channels: 1, values: Float64Array.from(patch) };
  const convolve = (name: string) => {
    image = convolution(
      image,
      weights.get(`vggish/${name}/weights`)!,
      weights.get(`vggish/${name}/biases`)!.values,
    );
  };
  convolve('conv1');
  image = maximum(image);
  convolve('conv2');
  image = maximum(image);
  convolve('conv3/conv3_1');
  convolve('conv3/conv3_2');
  image = maximum(image);
  convolve('conv4/conv4_1');
  convolve('conv4/conv4_2');
  image = maximum(image);
  let values: readonly number[] = [...image.values];
  for (const name of ['fc1/fc1_1', 'fc1/fc1_2', 'fc2']) {
    const { shape, values: kernel } = weights.get(`vggish/${name}/weights`)!;
    const biases = weights.get(`vggish/${name}/biases`)!.values;
    values = Array.from({ length: shape[1]! }, (_, unit) => {
      const sum = values.reduce(
        (total, value, i) => total + value * kernel[i * shape[1]! + unit]!,
        biases[unit]!,
      );
      return name === 'fc2' ? sum : Math.max(0, sum);
    });
  }
  return [...values];
}

/** 3 x 3, as large as before, with ReLU. */
function convolution(image: Image, { shape, values: kernel }: StoredTensor, biases: Float32Array): Image {
  const { rows, columns, channels } = image;
  const outputs = shape[3]!;
  const values = new Float64Array(rows * columns * outputs);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let output = 0; output < outputs; output++) {
        let sum = biases[output]!;
        for (let tap = 0; tap < 9; tap++) {
          const [y, x] = [row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
          if (y < 0 || x < 0 || y >= rows || x >= columns) continue;
          for (let channel = 0; channel < channels; channel++) {
            sum +=
              image.values[(y * columns + x) * channels + channel]! *
              kernel[(tap * channels + channel) * outputs + output]!;
          }
        }
        values[(row * columns + column) * outputs + output] = Math.max(0, sum);
      }
    }
  }
  return { rows, columns, channels: outputs, values };
}

/** Of 2 x 2. */
function maximum({ rows, columns, channels, values }: Image): Image {
  const halved = { rows: rows / 2, columns: columns / 2, channels };
  const at = (row: number, column: number, channel: number) =>
    values[(row * columns + column) * channels + channel]!;
  const largest = new Float64Array(halved.rows * halved.columns * channels);
  for (let i = 0; i < largest.length; i++) {
    const [channel, place] = [i % channels, Math.floor(i / channels)];
    const [row, column] = [2 * Math.floor(place / halved.columns), 2 * (place % halved.columns)];
    largest[i] = Math.max(
      ...[0, 1, 2, 3].map((of) => at(row + Math.floor(of / 2), column + (of % 2), channel)),
    );
  }
  return { ...halved, values: largest };
}
