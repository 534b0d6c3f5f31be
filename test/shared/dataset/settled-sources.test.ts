import { describe, expect, it } from 'vitest';
import { datasetConfigKey, manifestKey } from '../../../shared/dataset/keys.ts';
import { readSourceState, settledSources } from '../../../shared/dataset/settled-sources.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import { keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { clipsNamed, drop, ingest, process } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const keysOf = (infos: readonly { readonly key: string }[]) => infos.map(({ key }) => key);

describe('the sources of a dataset', () => {
  it('are settled once each is sharded as it is now', async () => {
    const store = await freshBucket();
    const a = await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    const b = await drop(store, 'set', 'eval', 'b.tfrecord', clipsNamed('b', 2));
    await ingest(store, 'set-2', 'eval', 'other.tfrecord', clipsNamed('c', 2));
    await store.put('incoming/set/', Buffer.alloc(0));
    const misplaced = 'incoming/set/notes.txt';
    await store.put(misplaced, Buffer.from('hello'));
    const before = await readSourceState(store, 'set');
    expect(before.entries.map(({ source }) => source.key)).toEqual([a]);
    expect(keysOf(before.pending)).toEqual([b]);
    expect(keysOf(before.misplaced)).toEqual([misplaced]);
    await process(store, b);
    const after = await readSourceState(store, 'set');
    expect(after.entries.map(({ source }) => source.key)).toEqual([b, a]);
    expect(after.pending).toEqual([]);
  });

  it('are pending when overwritten, when the rules changed, and when a shard was lost', async () => {
    const store = await freshBucket();
    const a = await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    const pending = async () => keysOf((await readSourceState(store, 'set')).pending);
    expect(await pending()).toEqual([]);
    await drop(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 3));
    expect(await pending()).toEqual([a]);
    await process(store, a);
    await writeJson(store, datasetConfigKey('set'), { maxFrames: 11 });
    expect(await pending()).toEqual([a]);
    await process(store, a);
    expect(await pending()).toEqual([]);
    for (const shard of await keysBelow(store, 'shards/set/')) await store.delete(shard);
    expect(await pending()).toEqual([a]);
    await process(store, a);
    expect(await pending()).toEqual([]);
  });

  it('are waited for', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    const b = await drop(store, 'set', 'eval', 'b.tfrecord', clipsNamed('b', 2));
    const reads: string[] = [];
    const watched = watchedStore(store, ({ method, key }) => {
      if (method === 'get' && key.startsWith('manifest/')) reads.push(key);
    });
    const settled = settledSources(watched, 'set', 20_000);
    await process(store, b);
    expect((await settled).entries).toHaveLength(2);
    // What has been read once is not read again while waiting.
    expect(reads.sort()).toEqual([manifestKey(b), manifestKey('incoming/set/train/a.tfrecord')].sort());
  });

  it('are not waited for longer than patience lasts', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    const b = await drop(store, 'set', 'eval', 'b.tfrecord', clipsNamed('b', 2));
    const began = Date.now();
    await expect(settledSources(store, 'set', 50)).rejects.toMatchObject({
      code: 'PIPELINE_NOT_SETTLED',
      details: { file: b, expected: 'every upload sharded or quarantined', received: '1 of 2 not yet' },
    });
    expect(Date.now() - began).toBeGreaterThanOrEqual(50);
  });

  it('cannot be told when the configuration or an entry is not valid', async () => {
    const store = await freshBucket();
    const a = await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    await store.put(manifestKey(a), Buffer.from('{}'));
    await expect(readSourceState(store, 'set')).rejects.toMatchObject({
      code: 'DOCUMENT_CORRUPT',
      details: { file: manifestKey(a), path: 'format' },
    });
    await writeJson(store, datasetConfigKey('set'), { evalShare: 1 });
    await expect(readSourceState(store, 'set')).rejects.toMatchObject({
      code: 'DATASET_CONFIG_INVALID',
      details: { file: datasetConfigKey('set'), path: 'evalShare', received: '1' },
    });
  });
});
