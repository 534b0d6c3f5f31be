import { afterAll, beforeAll, expect, it } from 'vitest';
import { remove } from '../../../../infra/serverless-code-engine/deploy/remove.ts';
import { openCosObjectStore } from '../../../../shared/storage/cos-object-store.ts';
import { CloudInMemory } from '../../../fixtures/deployment/cloud-in-memory.ts';
import { contextOver, deployTo } from '../../../fixtures/deployment/deploy-in-memory.ts';
import { startTemporaryStore, type TemporaryStore } from '../../../fixtures/object-store/temporary-store.ts';

let bucket: TemporaryStore;
beforeAll(async () => {
  bucket = await startTemporaryStore();
});
afterAll(() => bucket.remove());

it('removes the objects of the bucket only when told to', async () => {
  const { credentials, endpoint } = bucket.settings;
  const store = openCosObjectStore(bucket.settings);
  for (const key of ['incoming/a/train/1', 'shards/2', 'runs/r/request.json'])
    await store.put(key, Buffer.from('x'));
  const keys = async () => {
    const found: string[] = [];
    for await (const { key } of store.list('')) found.push(key);
    return found;
  };
  const cloud = new CloudInMemory();
  cloud.watch(null);
  cloud.newPair = () => credentials as never;
  const { context, told } = contextOver(cloud, { env: { COS_ENDPOINT: endpoint } });

  await deployTo(cloud);
  await remove(context, { data: false, subscriptions: 'ibmcloud' });
  expect(await keys()).toHaveLength(3);

  await deployTo(cloud);
  await remove(context, { data: true, subscriptions: 'ibmcloud' });
  expect(await keys()).toEqual([]);
  expect(told.printed).toContain('Deleted 3 objects of bucket earshot-test.');
  expect(cloud.keys.size).toBe(0);
});
