import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { largestSinglePut } from '../../shared/storage/cos-multipart.ts';
import type { RangedBytes } from '../../shared/storage/object-store.ts';
import type { MemoryBudget } from './memory-budget.ts';

/** All bytes of a small file; those of a large one, which are read as they are needed. */
export type FileContent = Uint8Array | RangedBytes;

/** Does the work on a file of `size` bytes. Throws `unreadable` when it cannot be read. */
export async function withFile<T>(
  file: string,
  size: number,
  budget: MemoryBudget,
  work: (content: FileContent) => Promise<T>,
  unreadable: (error: unknown) => Error,
): Promise<T> {
  const refuse = (error: unknown) => {
    throw unreadable(error);
  };
  if (size <= largestSinglePut) {
    return budget.with(size, async () => work(await readFile(file).catch(refuse)));
  }
  const handle = await open(file).catch(refuse);
  try {
    return await work(rangedBytes(handle, size));
  } finally {
    await handle.close();
  }
}

/** A file without a name, which is gone with the process, however that ends. */
export async function spool(source: AsyncIterable<Uint8Array>): Promise<FileHandle> {
  const folder = await mkdtemp(path.join(tmpdir(), 'earshot-spool-'));
  const handle = await open(path.join(folder, 'entry'), 'wx+');
  await rm(folder, { recursive: true });
  try {
    for await (const chunk of source) await handle.appendFile(chunk);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Does the work on a spooled file of `size` bytes, and lets it go. */
export async function withSpooled<T>(
  handle: FileHandle,
  size: number,
  budget: MemoryBudget,
  work: (content: FileContent) => Promise<T>,
): Promise<T> {
  const content = rangedBytes(handle, size);
  try {
    if (size > largestSinglePut) return await work(content);
    return await budget.with(size, async () => work(await content.read(0, size)));
  } finally {
    await handle.close();
  }
}

function rangedBytes(handle: FileHandle, length: number): RangedBytes {
  return {
    length,
    async read(start, end) {
      const bytes = Buffer.allocUnsafe(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) throw new Error(`the file ended at byte ${start + filled} of ${length}`);
        filled += bytesRead;
      }
      return bytes;
    },
  };
}
