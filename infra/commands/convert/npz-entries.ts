import { createReadStream } from 'node:fs';
import { Unzip, UnzipInflate, UnzipPassThrough } from 'fflate';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

/** A chunk of a ZIP makes up to a thousand times as much. */
const chunkBytes = 64 * 1024;
const ending = '.npy';

/**
 * Goes once through an .npz: the names of its arrays, and the bytes of those that are wanted whole.
 * @throws ARRAY_UNUSABLE
 */
export async function readNpz(
  file: string,
  wanted: readonly string[],
): Promise<{ names: string[]; whole: Map<string, Uint8Array> }> {
  const names = new Set<string>();
  const parts = new Map<string, Uint8Array[]>();
  const pass = unzipped(file, (name) => {
    names.add(name);
    if (!wanted.includes(name)) return () => {};
    const chunks: Uint8Array[] = [];
    parts.set(name, chunks);
    return (chunk) => void chunks.push(chunk);
  });
  for await (const _ of pass) {
    // What is wanted is gathered on the way.
  }
  const whole = new Map(Array.from(parts, ([name, chunks]) => [name, Buffer.concat(chunks)]));
  return { names: [...names], whole };
}

/** The bytes of one array of an .npz, inflated as they are read. @throws ARRAY_UNUSABLE */
export async function* npzBytes(file: string, wanted: string): AsyncGenerator<Uint8Array> {
  let inflated: Uint8Array[] = [];
  let isDone = false;
  const pass = unzipped(file, (name) => (chunk, final) => {
    if (name !== wanted) return;
    inflated.push(chunk);
    isDone ||= final;
  });
  for await (const _ of pass) {
    const ready = inflated;
    inflated = [];
    yield* ready;
    if (isDone) return;
  }
}

type OnChunk = (chunk: Uint8Array, final: boolean) => void;

/** Goes through a ZIP chunk by chunk. What nobody wants is inflated too, as the library would keep it otherwise. */
async function* unzipped(file: string, onArray: (name: string) => OnChunk): AsyncGenerator<void> {
  const refuse = (received: string, cause?: unknown) =>
    new EarshotError('ARRAY_UNUSABLE', { file, expected: 'an .npz, as of numpy.savez', received }, { cause });
  let entries = 0;
  const unzip = new Unzip((entry) => {
    entries++;
    const isArray = entry.name.endsWith(ending);
    const onChunk = isArray ? onArray(entry.name.slice(0, -ending.length)) : () => {};
    entry.ondata = (error, chunk, final) => {
      if (error) throw error;
      onChunk(chunk, final);
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  unzip.register(UnzipPassThrough);
  const push = (chunk: Uint8Array, final: boolean) => {
    try {
      unzip.push(chunk, final);
    } catch (error) {
      throw refuse(error instanceof Error ? error.message : String(error), error);
    }
  };
  for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
    push(chunk as Uint8Array, false);
    yield;
  }
  push(new Uint8Array(0), true);
  yield;
  if (entries === 0) throw refuse('no ZIP entry');
}
