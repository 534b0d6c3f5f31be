import { afterAll, beforeAll, expect, it } from 'vitest';
import { assertConditionalWrites } from '../../../shared/storage/conditional-writes-probe.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore, WriteOptions } from '../../../shared/storage/object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';

let local: TemporaryStore;
beforeAll(async () => {
  local = await startTemporaryStore();
});
afterAll(() => local.remove());

/** The real store, but for conditions that get lost on the way, as some stores have it. */
function ignoring(name: keyof WriteOptions): ObjectStore {
  const store = openCosObjectStore(local.settings);
  return {
    ...store,
    put: (key, bytes, { [name]: _, ...rest } = {}) => store.put(key, bytes, rest),
  };
}

async function keys(store: ObjectStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('')) found.push(key);
  return found;
}

it.each([
  ['ifAbsent', 'If-None-Match: *'],
  ['ifMatch', 'If-Match: 00000000000000000000000000000000'],
] as const)('refuses a store that ignores %s, and leaves nothing in it', async (option, field) => {
  const store = ignoring(option);
  await expect(assertConditionalWrites(store, 'probe')).rejects.toMatchObject({
    code: 'STORE_NOT_CONDITIONAL',
    details: { field },
  });
  expect(await keys(store)).toEqual([]);
});

it('is not confused by another probe at the same key', async () => {
  const store = openCosObjectStore(local.settings);
  await Promise.all(Array.from({ length: 4 }, () => assertConditionalWrites(store, 'probe')));
  expect(await keys(store)).toEqual([]);
});
