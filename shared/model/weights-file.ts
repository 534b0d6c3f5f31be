import { endianness } from 'node:os';
import { sizeOf, type Weight, type WeightSlot, type Weights } from './weights.ts';

/** One entry of a TensorFlow.js weights manifest (`tf.io.WeightsManifestEntry`). */
export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32';
}

/**
 * Weights one behind the other without gaps, row-major little-endian float32: the layout of
 * `tf.io.encodeWeights`.
 */
export function encodeWeights(weights: Weights): { manifest: WeightEntry[]; bytes: Uint8Array } {
  const manifest: WeightEntry[] = [];
  const parts: Uint8Array[] = [];
  for (const [name, { shape, values }] of weights) {
    manifest.push({ name, shape, dtype: 'float32' });
    parts.push(littleEndian(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
  }
  return { manifest, bytes: Buffer.concat(parts) };
}

/** The weights of `slots`, in their order, from bytes that `encodeWeights` wrote; the sizes must agree. */
export function decodeWeights(
  slots: readonly Pick<WeightSlot, 'name' | 'shape'>[],
  bytes: Uint8Array,
): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  let at = 0;
  for (const { name, shape } of slots) {
    const length = 4 * sizeOf(shape);
    // A copy, because a float32 view needs an offset that is a multiple of four.
    const copy = littleEndian(new Uint8Array(bytes.subarray(at, at + length)));
    weights.set(name, { shape, values: new Float32Array(copy.buffer, copy.byteOffset, length / 4) });
    at += length;
  }
  return weights;
}

function littleEndian(bytes: Uint8Array): Uint8Array {
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
