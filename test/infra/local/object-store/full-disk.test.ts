import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EarshotError } from '../../../../shared/errors/earshot-error.ts';
import { openCosObjectStore } from '../../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../../fixtures/object-store/temporary-store.ts';

/** Bytes until the disk is full. */
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const take = (bytes: Uint8Array | string, at: number) => {
    disk.room -= bytes.length - at;
    if (disk.room >= 0) return null;
    return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 });
  };
  const write = (
    descriptor: number,
    bytes: Uint8Array,
    at: number,
    callback: (error: Error | null, written: number) => void,
  ) => {
    const error = take(bytes, at);
    if (error === null) fs.write(descriptor, bytes, at, callback);
    else setImmediate(callback, error, 0);
  };
  const writeSync = (descriptor: number, bytes: Uint8Array, at = 0) => {
    const error = take(bytes, at);
    if (error !== null) throw error;
    return fs.writeSync(descriptor, bytes, at);
  };
  return { ...fs, write, writeSync };
});

let local: TemporaryStore;
let store: ObjectStore;
const lines: string[] = [];
beforeEach(async () => {
  vi.spyOn(console, 'error').mockImplementation((...words) => void lines.push(words.join(' ')));
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
});
afterEach(async () => {
  disk.room = Number.POSITIVE_INFINITY;
  vi.restoreAllMocks();
  lines.length = 0;
  await local.remove();
});

const mebibyte = 1024 * 1024;
async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('')) found.push(key);
  return found;
}
const left = () => readdirSync(path.join(local.root, 'tmp'));

it.each([
  ['small', 1000, 0],
  ['larger than what is kept in memory', 3 * mebibyte, mebibyte],
  ['still under way when the disk is full', 40 * mebibyte, mebibyte],
  ['in parts', 70 * mebibyte, 20 * mebibyte],
])(
  'an object that finds no room (%s) is refused at once, and nothing is seen or left of it',
  async (_, size, room) => {
    const old = Buffer.from('what was acknowledged');
    await store.put('old', old);
    disk.room = room;
    const notices = local.notices.length;
    for (const key of ['new', 'old']) {
      const failure = await store.put(key, Buffer.alloc(size)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(EarshotError);
      expect(failure).toMatchObject({ code: 'STORE_FULL', details: { file: key } });
      expect((failure as EarshotError).details.received).toMatch(/^507 InsufficientStorage/);
    }
    expect(await keys()).toEqual(['old']);
    expect(Buffer.from((await store.get('old'))!.bytes)).toEqual(old);
    expect(left()).toEqual([]);
    expect(local.notices).toHaveLength(notices);

    disk.room = Number.POSITIVE_INFINITY;
    await store.put('new', Buffer.alloc(size, 1));
    expect((await store.head('new'))?.size).toBe(size);
  },
);

it('is said in one line, without a stack, for all requests of a while', async () => {
  disk.room = 0;
  await Promise.allSettled(Array.from({ length: 20 }, (_, i) => store.put(`key ${i}`, Buffer.from('x'))));
  expect(lines).toEqual([
    `object store: no room on the disk of ${local.root} (ENOSPC: no space left on device, write); ` +
      'what would be written there is refused until there is',
  ]);
});
