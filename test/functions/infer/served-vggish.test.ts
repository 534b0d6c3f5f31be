import { afterAll, beforeAll, expect, it } from 'vitest';
import { ServedVggish } from '../../../functions/infer/served-vggish.ts';
import { vggishKey } from '../../../shared/dataset/keys.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { randomVggish, safetensorsOf, smallSizes } from '../../fixtures/vggish.ts';

let local: TemporaryStore;
let store: ObjectStore;
beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
});
afterAll(() => local.remove());

it('VGGish is looked for again with each sound, until it can be loaded', async () => {
  const vggish = new ServedVggish({ store, patienceMs: 10_000 });
  expect(await vggish.open()).toBeNull();
  await store.put(vggishKey, Buffer.from('no weights'));
  await expect(vggish.open()).rejects.toMatchObject({ code: 'VGGISH_UNREADABLE' });
  // A network of other sizes: the first tensor that is read does not fit.
  await store.put(vggishKey, safetensorsOf(randomVggish(smallSizes)));
  await expect(vggish.open()).rejects.toMatchObject({
    code: 'VGGISH_UNREADABLE',
    details: { field: 'pca_eigen_vectors', expected: '[128, 128]', received: '[6, 6]' },
  });
  await store.delete(vggishKey);
  expect(await vggish.open()).toBeNull();
});

it('a sound that would wait too long for it is told to come again', async () => {
  const vggish = new ServedVggish({ store, patienceMs: 0 });
  await expect(vggish.open()).rejects.toMatchObject({
    code: 'MODEL_LOADING',
    details: { stage: 'vggish', retryAfterSeconds: expect.any(Number) },
  });
});
