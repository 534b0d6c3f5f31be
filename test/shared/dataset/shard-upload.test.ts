import { describe, expect, it } from 'vitest';
import type { ManifestEntry, Receipt } from '../../../shared/dataset/documents.ts';
import { datasetConfigKey, incomingKey, manifestKey, receiptKey } from '../../../shared/dataset/keys.ts';
import { readShard } from '../../../shared/dataset/read-shards.ts';
import { shardUpload } from '../../../shared/dataset/shard-upload.ts';
import { splitOfClip } from '../../../shared/dataset/split-of-clip.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { validateUpload } from '../../../shared/validation/validate-upload.ts';
import { clipOf } from '../../fixtures/clips.ts';
import { jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore, watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { clipNamed, clipsNamed, fileOfClips, ingest, process } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const key = incomingKey('set', 'train', 'a.tfrecord');
const clips = clipsNamed('c', 12);

const entryAt = (store: ObjectStore, source = key) => jsonAt<ManifestEntry>(store, manifestKey(source));
const idsOf = async (store: ObjectStore, shards: readonly { key: string }[]) =>
  (await Promise.all(shards.map((shard) => readShard(store, shard.key)))).flatMap(({ ids }) => ids);

/** The version that the manifest names, and the one that is there. */
async function versions(store: ObjectStore) {
  return { sharded: (await entryAt(store)).source.etag, uploaded: (await store.head(key))?.etag };
}

describe('sharding an upload', () => {
  it('writes its clips in the order of their ids, and names them in the manifest', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clips);
    const entry = await entryAt(store);
    expect(entry).toMatchObject({
      source: { key, etag: (await store.head(key))!.etag },
      clips: 12,
      quarantined: 0,
      shards: { train: [{ clips: 12, labels: 24 }], eval: [] },
    });
    const [shard] = entry.shards.train;
    const table = await readShard(store, shard!.key);
    expect(table.ids).toEqual(clips.map(({ id }) => id).sort());
    expect(shard!.bytes).toBe((await store.head(shard!.key))!.size);
    const row = table.ids.indexOf('c7');
    expect([...table.frames.subarray(row * 1280, (row + 1) * 1280)]).toEqual([...clips[7]!.frames]);
  });

  it('gives the same shard for reordered records and for any compression', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clips);
    await ingest(store, 'set', 'train', 'b.tfrecord', clips.toReversed());
    await ingest(
      store,
      'set',
      'train',
      'c.tfrecord.gz',
      fileOfClips([...clips.slice(5), ...clips.slice(0, 5)], 'gzip'),
    );
    const keys = await Promise.all(
      ['a.tfrecord', 'b.tfrecord', 'c.tfrecord.gz'].map(
        async (name) => (await entryAt(store, incomingKey('set', 'train', name))).shards.train[0]!.key,
      ),
    );
    expect(new Set(keys).size).toBe(1);
    expect(await keysBelow(store, 'shards/')).toEqual([keys[0]]);
  });

  it('divides an upload to all by the stable hash: no clip twice, none lost', async () => {
    const store = await freshBucket();
    const many = clipsNamed('m', 60);
    const all = await ingest(store, 'set', 'all', 'a.tfrecord', many);
    const { shards } = await entryAt(store, all);
    const train = await idsOf(store, shards.train);
    const evaluation = await idsOf(store, shards.eval);
    expect([...train, ...evaluation].sort()).toEqual(many.map(({ id }) => id).sort());
    expect(evaluation).toEqual(
      many
        .map(({ id }) => id)
        .filter((id) => splitOfClip(id, 0.2) === 'eval')
        .sort(),
    );
    expect(train.length).toBeGreaterThan(0);
    expect(evaluation.length).toBeGreaterThan(0);
  });

  it('leaves out what validation found bad, and keeps the rest of the file', async () => {
    const store = await freshBucket();
    const wrong = clipNamed('wrong', { frames: new Uint8Array(1270) });
    await ingest(store, 'set', 'train', 'a.tfrecord', [clips[0]!, wrong, clips[1]!]);
    const entry = await entryAt(store);
    expect(entry).toMatchObject({ clips: 2, quarantined: 1, anomalyCounts: { EMBEDDING_WRONG_WIDTH: 1 } });
    expect(await idsOf(store, entry.shards.train)).toEqual(['c0', 'c1']);
  });

  it('of a file with no good clip writes an entry with no shard', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', Buffer.alloc(0));
    expect(await entryAt(store)).toMatchObject({ clips: 0, shards: { train: [], eval: [] } });
  });

  it('cuts clips that are large into shards that fit in memory', async () => {
    const store = await freshBucket();
    const shape = { width: 8192, maxFrames: 200, dtype: 'float32' } as const;
    await writeJson(store, datasetConfigKey('set'), shape);
    const large = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => clipOf(shape, { id, frameCount: 1 }));
    await ingest(store, 'set', 'train', 'a.tfrecord', large);
    const { train } = (await entryAt(store)).shards;
    expect(train.map((shard) => shard.clips)).toEqual([5, 1]);
    expect(await idsOf(store, train)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('a second time writes nothing', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clips);
    const before = store.changes();
    expect(await shardUpload(store, receiptKey(key))).toEqual({ outcome: 'unchanged' });
    expect(store.changes()).toEqual(before);
  });

  it('writes a shard again that was lost', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clips);
    const [lost] = await keysBelow(store, 'shards/');
    await store.delete(lost!);
    expect((await shardUpload(store, receiptKey(key))).outcome).toBe('sharded');
    expect(await keysBelow(store, 'shards/')).toEqual([lost]);
  });

  it('makes a shard young that it uses again, so that it is not reclaimed meanwhile', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clips);
    await ingest(store, 'set', 'train', 'b.tfrecord', clips);
    const [shard, ...others] = await keysBelow(store, 'shards/');
    expect(others).toEqual([]);
    expect(store.changes().filter((change) => change === `write ${shard}`)).toHaveLength(2);
  });

  it('does nothing for the receipt of a version that was overwritten', async () => {
    const store = await freshBucket();
    await store.put(key, fileOfClips(clips));
    await validateUpload(store, key);
    await store.put(key, fileOfClips(clips.slice(1)));
    expect(await shardUpload(store, receiptKey(key))).toEqual({ outcome: 'superseded' });
    expect(await keysBelow(store, 'shards/')).toEqual([]);
    expect(await keysBelow(store, 'manifest/')).toEqual([]);
  });

  it('follows an overwritten source', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clips);
    await ingest(store, 'set', 'train', 'a.tfrecord', clips.slice(4));
    expect((await entryAt(store)).clips).toBe(8);
    const { sharded, uploaded } = await versions(store);
    expect(sharded).toBe(uploaded);
  });

  it('ends with the newest version when an older one gets in between', async () => {
    const store = await freshBucket();
    await store.put(key, fileOfClips(clips.slice(0, 3)));
    await validateUpload(store, key);
    // A slow sharding of the first version: it stops before its manifest entry, until the second one does.
    let goOn = () => {};
    const secondIsThere = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow = shardUpload(
      interruptedStore(store, 'put', 'manifest/', () => secondIsThere),
      receiptKey(key),
    );
    const quick = interruptedStore(store, 'put', 'manifest/', async () => {
      goOn();
      await slow;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await store.put(key, fileOfClips(clips));
    await validateUpload(store, key);
    await shardUpload(quick, receiptKey(key));
    const { sharded, uploaded } = await versions(store);
    expect(sharded).toBe(uploaded);
  });

  it('of a source that is overwritten, validated and not yet noticed shards the newest', async () => {
    const store = await freshBucket();
    await store.put(key, fileOfClips(clips.slice(0, 3)));
    await validateUpload(store, key);
    const meddled = interruptedStore(store, 'head', key, async () => {
      await store.put(key, fileOfClips(clips));
      await validateUpload(store, key);
    });
    expect((await shardUpload(meddled, receiptKey(key))).outcome).toBe('sharded');
    expect((await entryAt(store)).clips).toBe(12);
  });

  it('of a source deleted meanwhile leaves no entry', async () => {
    const store = await freshBucket();
    await store.put(key, fileOfClips(clips));
    await validateUpload(store, key);
    const meddled = interruptedStore(store, 'put', 'manifest/', async () => {
      await store.delete(key);
      await validateUpload(store, key);
    });
    expect(await shardUpload(meddled, receiptKey(key))).toEqual({ outcome: 'removed' });
    expect(await keysBelow(store, 'manifest/')).toEqual([]);
    expect(await shardUpload(store, receiptKey(key))).toEqual({ outcome: 'removed' });
  });

  it('of a source deleted and uploaded again meanwhile keeps the new entry', async () => {
    const store = await freshBucket();
    await store.put(key, fileOfClips(clips));
    await validateUpload(store, key);
    let deletions = 0;
    const meddled = watchedStore(store, async (call) => {
      if (call.method === 'put' && call.key.startsWith('manifest/') && deletions === 0) {
        deletions++;
        await store.delete(key);
        await validateUpload(store, key);
      }
      if (call.method === 'delete' && call.key.startsWith('manifest/')) {
        await store.put(key, fileOfClips(clips.slice(3)));
        await process(store, key);
      }
    });
    await shardUpload(meddled, receiptKey(key));
    expect((await entryAt(store)).clips).toBe(9);
  });

  it('at several places at once gives one entry', async () => {
    const store = await freshBucket();
    await store.put(key, fileOfClips(clips));
    await validateUpload(store, key);
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => shardUpload(store, receiptKey(key))));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      'sharded',
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
  });

  it('leaves misplaced objects, and keys that are no receipt, alone', async () => {
    const store = await freshBucket();
    const misplaced = 'incoming/set/a.tfrecord';
    await store.put(misplaced, fileOfClips(clips));
    await validateUpload(store, misplaced);
    expect(await shardUpload(store, receiptKey(misplaced))).toEqual({ outcome: 'misplaced' });
    expect(await shardUpload(store, 'manifest/set/train/a.tfrecord.json')).toEqual({ outcome: 'ignored' });
    expect(await keysBelow(store, 'manifest/')).toEqual([]);
  });

  it('names a receipt that does not fit its source', async () => {
    const store = await freshBucket();
    await store.put(key, fileOfClips(clips));
    await validateUpload(store, key);
    const receipt = await jsonAt<Receipt>(store, receiptKey(key));
    await writeJson(store, receiptKey(key), { ...receipt, clips: 13 });
    await expect(shardUpload(store, receiptKey(key))).rejects.toMatchObject({
      code: 'DOCUMENT_CORRUPT',
      details: { file: receiptKey(key), field: 'clips', expected: '12 as in the source', received: '13' },
    });
    await store.put(receiptKey(key), Buffer.from('{"format": "earshot-receipt"'));
    await expect(shardUpload(store, receiptKey(key))).rejects.toMatchObject({
      code: 'DOCUMENT_CORRUPT',
      details: { file: receiptKey(key), expected: 'JSON in UTF-8' },
    });
  });
});
