import { describe, expect, it } from 'vitest';
import {
  datasetConfigKey,
  incomingKey,
  quarantineKey,
  quarantineReasonsKey,
  receiptKey,
} from '../../../shared/dataset/keys.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { frameRecord } from '../../../shared/tfrecord/writer.ts';
import { validateUpload } from '../../../shared/validation/validate-upload.ts';
import { contentsOf, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore } from '../../fixtures/object-store/watched-store.ts';
import { clipsNamed, fileOfClips, process } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const good = fileOfClips(clipsNamed('good', 3));
const bad = Buffer.concat([good, frameRecord(Buffer.from('no example'))]);
const key = incomingKey('set', 'train', 'a.tfrecord');

describe('a validation that did not come to its end', () => {
  it.each([
    ['the receipt', receiptKey(key)],
    ['the quarantine', quarantineKey(key)],
    ['the reasons', quarantineReasonsKey(key)],
  ])('killed at %s is put right by the next, whatever came between', async (_, at) => {
    const other = Buffer.concat([good, frameRecord(Buffer.from('other'))]);
    for (const [first, killed, last] of [
      [good, bad, good],
      [null, bad, good],
      [bad, other, good],
      [bad, other, bad],
      [null, bad, bad],
      [other, good, bad],
    ]) {
      const store = await freshBucket();
      const put = async (bytes: Uint8Array | null | undefined, through: ObjectStore = store) => {
        if (!bytes) return;
        await store.put(key, bytes);
        await validateUpload(through, key);
      };
      await put(first);
      const dying = interruptedStore(store, 'put', at, () => Promise.reject(new Error('killed')));
      await put(killed, dying).catch((error: Error) => expect(error.message).toBe('killed'));
      await put(last);
      const alone = await freshBucket();
      await alone.put(key, last!);
      await validateUpload(alone, key);
      expect(await contentsOf(store)).toEqual(await contentsOf(alone));
    }
  });

  it('puts back a quarantine that another version has written over', async () => {
    const store = await freshBucket();
    await store.put(key, bad);
    await validateUpload(store, key);
    const before = await contentsOf(store);
    await store.put(quarantineKey(key), frameRecord(Buffer.from('of another version')));
    expect((await validateUpload(store, key)).outcome).toBe('validated');
    expect(await contentsOf(store)).toEqual(before);
    await store.delete(quarantineReasonsKey(key));
    expect((await validateUpload(store, key)).outcome).toBe('validated');
    expect(await contentsOf(store)).toEqual(before);
  });

  it('of a deleted source removes its mirrors though the configuration or the receipt is not valid', async () => {
    for (const [at, text] of [
      [datasetConfigKey('set'), '{"width": 0}'],
      [receiptKey(key), '{}'],
    ] as const) {
      const store = await freshBucket();
      await store.put(key, bad);
      await process(store, key);
      await store.put(at, Buffer.from(text));
      await store.delete(key);
      expect(await validateUpload(store, key)).toEqual({ outcome: 'removed' });
      const left = (await keysBelow(store, '')).filter((one) => !one.startsWith('shards/'));
      expect(left).toEqual(at.startsWith('datasets/') ? [at] : []);
    }
  });
});
