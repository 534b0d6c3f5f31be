import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectDataset } from '../../../infra/commands/named-dataset.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';

let local: TemporaryStore;
let store: ObjectStore;
beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
  const keys = ['incoming/my-sounds/all/a.tfrecord', 'manifest/gone/all/a.tfrecord.json'];
  for (const key of keys) await store.put(key, new Uint8Array(1));
});
afterAll(() => local.remove());

describe('the name of a dataset', () => {
  it.each(['my-sounds', 'gone'])('%s is known by what was uploaded', async (name) => {
    await expect(expectDataset(store, name)).resolves.toBeUndefined();
  });

  it.each([
    ['my-sound', 'received none - did you mean "my-sounds"?'],
    ['other', 'expected uploads, received none'],
  ])('%s is refused before anything is asked for', async (name, said) => {
    const refused = expectDataset(store, name);
    await expect(refused).rejects.toMatchObject({ code: 'DATASET_EMPTY' });
    await expect(refused).rejects.toThrow(said);
  });
});
