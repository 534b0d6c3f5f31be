import { EarshotError, type ErrorDetails } from '../../../shared/errors/earshot-error.ts';

/** What the numbers of the embeddings are. */
export const valueMeanings = ['bytes', 'quantise', 'float32'] as const;
export type ValueMeaning = (typeof valueMeanings)[number];

/** Ends of what VGGish's postprocessor clips to before it makes bytes of it (AudioSet's released code, vggish_params). */
const quantised = { low: -2, high: 2 };

/**
 * The values as a dataset holds them. `bytes`: whole numbers 0..255, as they are; `quantise`: what VGGish gives after its
 * PCA, clipped to -2..2 and made bytes as its postprocessor does, in single precision, cut, not rounded; `float32`: any
 * finite numbers.
 * @throws CLIP_UNUSABLE naming frame and value
 */
export function framesOf(
  values: ArrayLike<number>,
  width: number,
  meaning: ValueMeaning,
  where: ErrorDetails,
): Uint8Array | Float32Array {
  const wrong = firstWrong(values, meaning);
  if (wrong >= 0) {
    const place = `value ${wrong % width} of frame ${Math.floor(wrong / width)}`;
    const expected = meaning === 'bytes' ? 'whole numbers from 0 to 255' : 'finite numbers';
    throw new EarshotError('CLIP_UNUSABLE', {
      ...where,
      expected,
      received: `${values[wrong]} as ${place}`,
    });
  }
  if (meaning === 'float32') return Float32Array.from(values);
  return meaning === 'quantise' ? Uint8Array.from(values, quantise) : Uint8Array.from(values);
}

function firstWrong(values: ArrayLike<number>, meaning: ValueMeaning): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const isRight =
      meaning === 'bytes'
        ? Number.isInteger(value) && value >= 0 && value <= 255
        : Number.isFinite(Math.fround(value));
    if (!isRight) return i;
  }
  return -1;
}

function quantise(value: number): number {
  const { low, high } = quantised;
  const clipped = Math.min(high, Math.max(low, Math.fround(value)));
  return Math.floor(Math.fround(Math.fround(clipped - low) * Math.fround(255 / (high - low))));
}
