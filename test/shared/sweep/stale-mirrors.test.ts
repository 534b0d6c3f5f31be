import { describe, expect, it } from 'vitest';
import type { Receipt } from '../../../shared/dataset/documents.ts';
import {
  datasetConfigKey,
  quarantineKey,
  quarantineReasonsKey,
  receiptKey,
} from '../../../shared/dataset/keys.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { sweep } from '../../../shared/sweep/sweep.ts';
import { validateUpload } from '../../../shared/validation/validate-upload.ts';
import { jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { recordedJobs } from '../../fixtures/recorded-jobs.ts';
import { clipsNamed, drop, ingest } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const swept = (store: ObjectStore) => sweep(store, recordedJobs(), new Date());

const dirty = Buffer.from('no TFRecord');

/** Everything below receipts/ and quarantine/, with its content. */
async function mirrorsOf(store: ObjectStore): Promise<Record<string, string>> {
  const keys = [...(await keysBelow(store, 'receipts/')), ...(await keysBelow(store, 'quarantine/'))];
  const texts = keys.map(async (key) => [key, Buffer.from((await store.get(key))!.bytes).toString('latin1')]);
  return Object.fromEntries(await Promise.all(texts));
}

/** What a process that was killed, with the event of its work lost, may leave beside an entry that is current. */
describe('the sweep puts right', () => {
  it('a receipt by rules that were taken back before the upload was sharded anew', async () => {
    const store = await freshBucket();
    const key = await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    const before = await mirrorsOf(store);
    await writeJson(store, datasetConfigKey('set'), { maxFrames: 9 });
    await validateUpload(store, key);
    await store.delete(datasetConfigKey('set'));
    expect(await mirrorsOf(store)).not.toEqual(before);
    expect((await swept(store)).recovered).toEqual([key]);
    expect(await mirrorsOf(store)).toEqual(before);
    expect((await swept(store)).recovered).toEqual([]);
  });

  const cases: readonly [string, (store: ObjectStore, key: string) => Promise<unknown>][] = [
    ['is of another version', (store, key) => store.put(quarantineKey(key), Buffer.from('other'))],
    ['has reasons of another version', (store, key) => writeJson(store, quarantineReasonsKey(key), {})],
    ['lacks its records', (store, key) => store.delete(quarantineKey(key))],
    ['lacks its reasons', (store, key) => store.delete(quarantineReasonsKey(key))],
  ];
  it.each(cases)('a quarantine that %s', async (_, spoil) => {
    const store = await freshBucket();
    const key = await ingest(store, 'set', 'train', 'a.tfrecord', dirty);
    const before = await mirrorsOf(store);
    await spoil(store, key);
    expect(await swept(store)).toMatchObject({ failed: [], recovered: [key] });
    expect(await mirrorsOf(store)).toEqual(before);
    expect((await swept(store)).recovered).toEqual([]);
  });

  it('a quarantine of a file in which nothing is bad any more', async () => {
    const store = await freshBucket();
    const key = await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    await store.put(quarantineKey(key), Buffer.from('other'));
    await writeJson(store, quarantineReasonsKey(key), {});
    expect(await swept(store)).toMatchObject({ failed: [], recovered: [key] });
    expect(await keysBelow(store, 'quarantine/')).toEqual([]);
    expect((await swept(store)).recovered).toEqual([]);
  });

  it('a quarantine of an upload that is gone, also while the configuration is not valid', async () => {
    const store = await freshBucket();
    const key = await drop(store, 'set', 'train', 'a.tfrecord', dirty);
    await store.delete(key);
    await store.put(quarantineKey(key), Buffer.from('other'));
    await store.put('quarantine/of-the-user.txt', Buffer.from('left alone'));
    await writeJson(store, datasetConfigKey('set'), { width: 0 });
    expect(await swept(store)).toMatchObject({ failed: [], removed: [key] });
    expect(await keysBelow(store, 'quarantine/')).toEqual(['quarantine/of-the-user.txt']);
  });

  it('the receipt of a misplaced object that was overwritten', async () => {
    const store = await freshBucket();
    const key = 'incoming/set/notes.txt';
    await store.put(key, Buffer.from('x'));
    await validateUpload(store, key);
    await store.put(key, Buffer.from('longer'));
    expect((await swept(store)).recovered).toEqual([key]);
    expect((await jsonAt<Receipt>(store, receiptKey(key))).source.size).toBe(6);
    expect((await swept(store)).recovered).toEqual([]);
  });
});
