import { describe, expect, it } from 'vitest';
import { modelKeys } from '../../../shared/dataset/keys.ts';
import { parseLabelList } from '../../../shared/dataset/label-list.ts';
import type { SavedModelFiles } from '../../../shared/model/saved-model.ts';
import { claimVersion, publishVersion, readVersion } from '../../../shared/registry/versions.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { bytesAt, jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore, watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { smallModel } from '../../fixtures/published-model.ts';

const freshBucket = freshBuckets();
const labels = [{ index: 0, mid: '/m/a', displayName: 'A, or "a"' }];
const about = { labels, metrics: { mAP: 0.5 }, lineage: { run: 'r' }, card: '# A model\n' };
const models = { one: smallModel(1), two: smallModel(2) };
type Name = keyof typeof models;
const publish = (store: ObjectStore, name: Name) => publishVersion(store, 'm', '1', models[name], about);
const asText = ({ modelJson, weights }: SavedModelFiles) => ({
  modelJson: Buffer.from(modelJson).toString(),
  weights: [...weights].map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]),
});

describe('the version of a run', () => {
  it('is the next whole number, and stays its own', async () => {
    const store = await freshBucket();
    for (let run = 1; run <= 11; run++) expect(await claimVersion(store, 'm', `run-${run}`)).toBe(`${run}`);
    expect(await claimVersion(store, 'm', 'run-2')).toBe('2');
    expect(await claimVersion(store, 'm', 'run-11')).toBe('11');
    expect(await claimVersion(store, 'other', 'run-2')).toBe('1');
    expect(await claimVersion(store, 'm', 'run-12')).toBe('12');
  });

  it('is another one for each of several runs at once', async () => {
    const store = await freshBucket();
    const versions = await Promise.all(
      Array.from({ length: 8 }, (_, i) => claimVersion(store, 'm', `run-${i}`)),
    );
    expect(versions.sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  });

  it('is the same for a run that claims it twice at once', async () => {
    const store = await freshBucket();
    let both = '';
    const slow = interruptedStore(store, 'put', 'models/', async () => {
      both = await claimVersion(store, 'm', 'run');
    });
    expect(await claimVersion(slow, 'm', 'run')).toBe('1');
    expect(both).toBe('1');
    expect(await keysBelow(store, 'models/')).toEqual([modelKeys('m').version('1').claim]);
  });
});

describe('a version of a model', () => {
  it('has model, weights, labels, metrics, lineage and card', async () => {
    const store = await freshBucket();
    await publish(store, 'one');
    const keys = modelKeys('m').version('1');
    expect(asText(await readVersion(store, 'm', '1'))).toEqual(asText(models.one));
    expect(parseLabelList((await bytesAt(store, keys.labels)).toString(), keys.labels)).toEqual(labels);
    expect(await jsonAt(store, keys.metrics)).toEqual({ mAP: 0.5 });
    expect(await jsonAt(store, keys.lineage)).toEqual({ run: 'r' });
    expect((await bytesAt(store, keys.card)).toString()).toBe('# A model\n');
  });

  it('cannot be read before its last object, model.json, is there', async () => {
    const store = await freshBucket();
    const keys = modelKeys('m').version('1');
    const order: string[] = [];
    const watched = watchedStore(store, async ({ method, key }) => {
      if (method !== 'put') return;
      order.push(key);
      await expect(readVersion(store, 'm', '1')).rejects.toMatchObject({
        code: 'MODEL_MISSING',
        details: { file: keys.modelJson },
      });
    });
    await publishVersion(watched, 'm', '1', models.one, about);
    expect(order).toHaveLength(6);
    expect(order.at(-1)).toBe(keys.modelJson);
    const file = keys.weights('group1-shard1of1.bin');
    await store.delete(file);
    await expect(readVersion(store, 'm', '1')).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      details: { file },
    });
  });

  it('never changes once it is complete', async () => {
    const store = await freshBucket();
    await publish(store, 'one');
    const before = store.changes();
    await publish(store, 'two');
    expect(store.changes()).toEqual(before);
  });

  it('that a crash left half written is completed with files that belong together', async () => {
    const store = await freshBucket();
    const crash = new Error('power failure');
    const crashing = watchedStore(store, ({ method, key }) => {
      if (method === 'put' && key.endsWith('model.json')) throw crash;
    });
    await expect(publish(crashing, 'one')).rejects.toBe(crash);
    await publish(store, 'two');
    expect(asText(await readVersion(store, 'm', '1'))).toEqual(asText(models.two));
  });
});
