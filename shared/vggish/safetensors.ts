import * as z from 'zod';
import { EarshotError } from '../errors/earshot-error.ts';
import { preview } from '../errors/parse-with-schema.ts';
import { fromFloat16 } from '../model/float16.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';

const tensorSchema = z.object({
  dtype: z.enum(['F32', 'F16']),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const headerSchema = z.record(z.string(), z.unknown());

const lengthBytes = 8;
/** Of the header; 20 tensors take 2 kB. */
const longestHeader = 1_000_000;
const bytesOf = { F32: 4, F16: 2 } as const;

/** A file of named tensors, of which only what is asked for is read. */
export interface TensorFile {
  /** @throws VGGISH_UNREADABLE when it is not there, is of another shape, or does not hold finite numbers */
  read(name: string, shape: readonly number[]): Promise<Float32Array>;
}

/**
 * Opens an object in the safetensors format (huggingface.co/docs/safetensors): 8 bytes with the length of a JSON header
 * that says where each tensor lies, and the tensors, little-endian and row-major. Floats of 32 and of 16 bits are read.
 *
 * @returns null when there is no such object
 * @throws VGGISH_UNREADABLE naming field, expected and received
 */
export async function openTensorFile(store: ObjectStore, key: string): Promise<TensorFile | null> {
  const info = await store.head(key);
  if (info === null) return null;
  const file = new StoredFile(store, info);
  const length = Number(Buffer.from(await file.bytes('header length', 0, lengthBytes)).readBigUInt64LE());
  if (length > longestHeader)
    throw file.wrong('header length', `a safetensors file: at most ${longestHeader} bytes`, `${length}`);
  const header = headerOf(await file.bytes('header', lengthBytes, length), file);
  return {
    async read(name, shape) {
      const parsed = tensorSchema.safeParse(Object.hasOwn(header, name) ? header[name] : undefined);
      if (!parsed.success) {
        const received = Object.hasOwn(header, name) ? preview(header[name]) : 'no such tensor';
        throw file.wrong(name, `a tensor F32 or F16 [${shape.join(', ')}]`, received);
      }
      const { dtype, shape: stored, data_offsets: place } = parsed.data;
      if (stored.join() !== shape.join()) {
        throw file.wrong(name, `[${shape.join(', ')}]`, `[${stored.join(', ')}]`);
      }
      const size = shape.reduce((product, axis) => product * axis, bytesOf[dtype]);
      if (place[1] - place[0] !== size)
        throw file.wrong(name, `${size} bytes`, `${place[1] - place[0]} bytes`);
      const { buffer } = await file.bytes(name, lengthBytes + length + place[0], size);
      const values = dtype === 'F32' ? new Float32Array(buffer) : fromFloat16(new Uint16Array(buffer));
      const wild = values.findIndex((value) => !Number.isFinite(value));
      if (wild >= 0) throw file.wrong(name, 'finite numbers', `${values[wild]} as value ${wild}`);
      return values;
    },
  };
}

function headerOf(bytes: Uint8Array, file: StoredFile): Record<string, unknown> {
  try {
    return headerSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    const received = error instanceof SyntaxError ? error.message : 'another document';
    throw file.wrong('header', 'a JSON object of tensors: a safetensors file', received);
  }
}

/** One version of an object, read in ranges. */
class StoredFile {
  private readonly store: ObjectStore;
  private readonly info: ObjectInfo;

  constructor(store: ObjectStore, info: ObjectInfo) {
    this.store = store;
    this.info = info;
  }

  wrong(field: string, expected: string, received: string): EarshotError {
    return new EarshotError('VGGISH_UNREADABLE', { file: this.info.key, field, expected, received });
  }

  /** In a buffer of its own, so that it may be looked at as numbers. */
  async bytes(field: string, start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const { key, etag, size } = this.info;
    if (start + length > size) throw this.wrong(field, `${start + length} bytes or more`, `${size} bytes`);
    const bytes = new Uint8Array(length);
    if (length === 0) return bytes;
    const options = { range: { start, end: start + length - 1 }, ifMatch: etag };
    const stream = await this.store.stream(key, options);
    if (stream === null) throw this.wrong(field, `the object as it was, ETag ${etag}`, 'another, or none');
    let at = 0;
    for await (const chunk of stream.chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }
}
