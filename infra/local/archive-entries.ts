import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { Parser, type ReadEntry } from 'tar';
import { type FileContent, spool, withSpooled } from './file-content.ts';
import type { MemoryBudget } from './memory-budget.ts';

// A CommonJS package whose names an ES import cannot see.
const { XzReadableStream } = createRequire(import.meta.url)(
  'xz-decompress',
) as typeof import('xz-decompress');

/** Bytes of an entry that is not written to disk. */
const largestInMemory = 4 * 1024 * 1024;

export interface ArchiveEntry {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Does the work on what is in it, once. */
  withContent<T>(work: (content: FileContent) => Promise<T>): Promise<T>;
}

/**
 * The files of a tar, tar.gz or tar.xz, one after another: small ones in memory, large ones on disk, without a name, as
 * AudioSet's names differ in case alone, which some file systems cannot tell apart. Throws what is wrong with the archive.
 */
export async function* archiveEntries(
  archive: string,
  wanted: (path: string) => boolean,
  budget: MemoryBudget,
): AsyncGenerator<ArchiveEntry> {
  const arrived: ReadEntry[] = [];
  let ended = false;
  let wake = () => {};
  let fail = (_: unknown) => {};
  // An entry whose archive breaks off inside it never ends, so reading it races with this.
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => {});
  const parser = new Parser({ strict: true });
  parser.on('entry', (entry: ReadEntry) => {
    if (entry.type === 'File' && wanted(entry.path)) arrived.push(entry);
    else entry.resume();
    wake();
  });
  parser.on('end', () => {
    ended = true;
    wake();
  });
  parser.on('error', fail);
  const source = await plainStream(archive);
  source.on('error', fail);
  // The parser has write, end and drain, but is no Writable of Node's.
  source.pipe(parser as unknown as NodeJS.WritableStream);
  try {
    for (;;) {
      const entry = arrived.shift();
      // The next entry comes only when this one was read, which is what bounds the memory.
      if (entry !== undefined) yield await Promise.race([received(entry, budget), failed]);
      else if (ended) return;
      else await Promise.race([failed, new Promise<void>((resolve) => (wake = resolve))]);
    }
  } finally {
    source.destroy();
  }
}

async function received(entry: ReadEntry, budget: MemoryBudget): Promise<ArchiveEntry> {
  const { path, size } = entry;
  if (size <= largestInMemory) {
    const bytes = await entry.concat();
    return { path, size, withContent: (work) => work(bytes) };
  }
  const file = await spool(entry);
  return { path, size, withContent: (work) => withSpooled(file, size, budget, work) };
}

const xzMagic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);

/** The tar parser knows gzip itself. */
async function plainStream(archive: string): Promise<Readable> {
  const file = createReadStream(archive);
  if (!(await leadingBytes(archive, xzMagic.length)).equals(xzMagic)) return file;
  // Not Readable.toWeb: on Node 20 that goes on giving after it was cancelled, which ends the process.
  const packed = ReadableStream.from(file) as unknown as ConstructorParameters<typeof XzReadableStream>[0];
  return Readable.fromWeb(new XzReadableStream(packed) as unknown as Parameters<typeof Readable.fromWeb>[0]);
}

async function leadingBytes(file: string, count: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
