import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { Parser, type ReadEntry } from 'tar';

// A CommonJS package whose names an ES import cannot see.
const { XzReadableStream } = createRequire(import.meta.url)(
  'xz-decompress',
) as typeof import('xz-decompress');

export interface ArchiveEntry {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The files of a tar, tar.gz or tar.xz, one in memory at a time, never written to disk: AudioSet's names differ in
 * case alone, which some file systems cannot tell apart.
 */
export async function* archiveEntries(
  archive: string,
  wanted: (path: string) => boolean,
): AsyncGenerator<ArchiveEntry> {
  const arrived: ReadEntry[] = [];
  let ended = false;
  let failure: unknown;
  let wake = () => {};
  const parser = new Parser({ strict: true });
  parser.on('entry', (entry: ReadEntry) => {
    if (entry.type === 'File' && wanted(entry.path)) arrived.push(entry);
    else entry.resume();
    wake();
  });
  const finish = (error?: unknown) => {
    failure ??= error;
    ended = true;
    wake();
  };
  parser.on('end', () => finish());
  parser.on('error', finish);
  const source = plainStream(archive);
  source.on('error', finish);
  // The parser has write, end and drain, but is no Writable of Node's.
  source.pipe(parser as unknown as NodeJS.WritableStream);
  try {
    for (;;) {
      if (failure !== undefined) throw failure;
      const entry = arrived.shift();
      // The next entry comes only when this one was read, which is what bounds the memory.
      if (entry !== undefined) yield { path: entry.path, bytes: await entry.concat() };
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    source.destroy();
  }
}

function plainStream(archive: string): Readable {
  const file = createReadStream(archive);
  if (!archive.endsWith('.xz')) return file;
  const packed = Readable.toWeb(file) as unknown as ConstructorParameters<typeof XzReadableStream>[0];
  return Readable.fromWeb(new XzReadableStream(packed) as unknown as Parameters<typeof Readable.fromWeb>[0]);
}
