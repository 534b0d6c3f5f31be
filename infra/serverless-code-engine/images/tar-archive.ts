import { Header, Pax } from 'tar';

/** A file of a layer. */
export interface ImageFile {
  /** Relative to the root of the image, with `/`, e.g. `app/main.js`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable?: boolean;
}

const blockBytes = 512;
/** What differs from machine to machine is the same in every archive; 1970 began then. */
const common = { uid: 0, gid: 0, mtime: new Date(0) };

/** A tar archive that only paths, bytes and the executable bit decide: entries sorted, folders before what is in them. */
export function tarArchive(files: readonly ImageFile[]): Uint8Array {
  const folders = new Set(files.flatMap(({ path }) => foldersAbove(path)));
  const entries = [
    ...[...folders].map((path) => ({ path, blocks: entryOf(path, 'Directory', 0o755, new Uint8Array(0)) })),
    ...files.map(({ path, bytes, executable = false }) => ({
      path,
      blocks: entryOf(path, 'File', executable ? 0o755 : 0o644, bytes),
    })),
  ];
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return Buffer.concat([...entries.flatMap(({ blocks }) => blocks), Buffer.alloc(2 * blockBytes)]);
}

/** `['app/', 'app/lib/']` of `app/lib/main.js`. */
function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => `${parts.slice(0, i + 1).join('/')}/`);
}

function entryOf(path: string, type: 'File' | 'Directory', mode: number, bytes: Uint8Array): Uint8Array[] {
  const header = new Header({ ...common, path, type, mode, size: bytes.length });
  const tooLong = header.encode();
  const before = tooLong ? [new Pax({ path }).encode()] : [];
  return [...before, header.block!, bytes, Buffer.alloc(-bytes.length & (blockBytes - 1))];
}
