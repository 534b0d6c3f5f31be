import { endianness } from 'node:os';
import { throughFloat16, toFloat16, writeFromFloat16 } from './float16.ts';
import { corrupt } from './model-json.ts';
import type { Steps } from './steps.ts';
import { sizeOf, type Weight, type Weights } from './weights.ts';

/** How kernels are stored; biases, which are few, are always float32. */
export const precisions = ['float16', 'float32'] as const;
export type Precision = (typeof precisions)[number];

/** A number or list that the graph needs beside the weights. */
export interface GraphConstant {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** One entry of a TensorFlow.js weights manifest (`tf.io.WeightsManifestEntry`). */
export interface StoredEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly quantization?: { readonly dtype: 'float16'; readonly original_dtype: 'float32' };
}

/** Bytes a file, as the TensorFlow.js converter has it: browsers cache files of this size. */
const shardBytes = 4 * 1024 * 1024;

const isHalved = (shape: readonly number[], precision: Precision) =>
  precision === 'float16' && shape.length === 2;

/** The weights as they are after storing. */
export function asStored(weights: Weights, precision: Precision): Map<string, Weight> {
  return new Map(
    [...weights].map(([name, { shape, values }]) => [
      name,
      { shape, values: isHalved(shape, precision) ? throughFloat16(values) : values },
    ]),
  );
}

export function entriesOf(
  weights: readonly { readonly name: string; readonly shape: readonly number[] }[],
  constants: ReadonlyMap<string, GraphConstant>,
  precision: Precision,
): StoredEntry[] {
  return [
    ...weights.map(
      ({ name, shape }): StoredEntry => ({
        name,
        shape,
        dtype: 'float32',
        ...(isHalved(shape, precision)
          ? { quantization: { dtype: 'float16', original_dtype: 'float32' } as const }
          : {}),
      }),
    ),
    ...[...constants].map(
      ([name, { shape, values }]): StoredEntry => ({
        name,
        shape,
        dtype: values instanceof Int32Array ? 'int32' : 'float32',
      }),
    ),
  ];
}

/** Bytes of an entry. */
export function storedSize({ shape, quantization }: StoredEntry): number {
  return (quantization === undefined ? 4 : 2) * sizeOf(shape);
}

/** Names of the weights files for so many bytes. */
export function shardPaths(bytes: number): string[] {
  const count = Math.max(1, Math.ceil(bytes / shardBytes));
  return Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
}

/** The entries' values one behind the other, little-endian, cut into files. */
export function encodeShards(
  entries: readonly StoredEntry[],
  values: (name: string) => Float32Array | Int32Array,
): Map<string, Uint8Array> {
  const parts = entries.map(({ name, quantization }) => {
    const array = values(name);
    return littleEndian(quantization === undefined ? array : toFloat16(array as Float32Array));
  });
  const bytes = Buffer.concat(parts);
  const paths = shardPaths(bytes.length);
  return new Map(
    paths.map((path, i) => [path, new Uint8Array(bytes.subarray(i * shardBytes, (i + 1) * shardBytes))]),
  );
}

/**
 * The weights of float32 entries at the beginning of bytes that `encodeShards` wrote.
 * @throws EarshotError MODEL_CORRUPT naming a weight that is not finite
 */
export function* decodeShards(
  entries: readonly StoredEntry[],
  bytes: Uint8Array,
): Steps<Map<string, Weight>> {
  const weights = new Map<string, Weight>();
  let at = 0;
  for (const entry of entries) {
    const size = storedSize(entry);
    const values = new Float32Array(sizeOf(entry.shape));
    const width = entry.quantization === undefined ? 4 : 2;
    for (let first = 0; first < values.length; first += valuesPerStep) {
      const part = values.subarray(first, first + valuesPerStep);
      const start = at + first * width;
      // A copy, because a view needs an offset that is a multiple of its elements.
      const own = bytes.slice(start, start + part.length * width);
      if (entry.quantization === undefined) part.set(fromLittleEndian(new Float32Array(own.buffer)));
      else writeFromFloat16(fromLittleEndian(new Uint16Array(own.buffer)), part);
      expectFinite(entry.name, part);
      yield;
    }
    weights.set(entry.name, { shape: entry.shape, values });
    at += size;
  }
  return weights;
}

/** Well below a millisecond. */
const valuesPerStep = 65_536;

function expectFinite(name: string, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value !== 0) throw corrupt(name, 'finite numbers', `${value}`, 'weights');
  }
}

function fromLittleEndian<T extends Float32Array | Uint16Array>(array: T): T {
  littleEndian(array);
  return array;
}

/** The array's bytes; on a big-endian machine swapped in place. */
function littleEndian(array: Float32Array | Int32Array | Uint16Array): Uint8Array {
  const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  if (endianness() === 'LE') return bytes;
  return array.BYTES_PER_ELEMENT === 2 ? bytes.swap16() : bytes.swap32();
}
