import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '../../../shared/dataset/build-snapshot.ts';
import { settledSources } from '../../../shared/dataset/settled-sources.ts';
import { reclaimShards } from '../../../shared/sweep/reclaim-shards.ts';
import { keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore } from '../../fixtures/object-store/watched-store.ts';
import { clipsNamed, ingest, process } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const hoursOn = (hours: number) => new Date(Date.now() + hours * 3600_000);

/** A bucket with one shard in use, and one whose source was deleted. */
async function withOrphan() {
  const store = await freshBucket();
  const gone = await ingest(store, 'set', 'train', 'gone.tfrecord', clipsNamed('g', 2));
  const [orphan] = await keysBelow(store, 'shards/');
  await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
  const [used] = (await keysBelow(store, 'shards/')).filter((key) => key !== orphan);
  await store.delete(gone);
  await process(store, gone);
  return { store, orphan: orphan!, used: used! };
}

describe('reclaiming shards', () => {
  it('deletes those that nothing names, a day after they were written', async () => {
    const { store, orphan, used } = await withOrphan();
    expect(await reclaimShards(store, hoursOn(23))).toEqual([]);
    expect(await reclaimShards(store, hoursOn(25))).toEqual([orphan]);
    expect(await keysBelow(store, 'shards/')).toEqual([used]);
    expect(await reclaimShards(store, hoursOn(25))).toEqual([]);
  });

  it('keeps what a snapshot names, also when its sources are gone', async () => {
    const store = await freshBucket();
    const keys = [
      await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2)),
      await ingest(store, 'set', 'train', 'b.tfrecord', clipsNamed('b', 2)),
      await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 2)),
    ];
    const { snapshot } = await buildSnapshot(store, 'set', await settledSources(store, 'set', 0));
    for (const key of keys) {
      await store.delete(key);
      await process(store, key);
    }
    const { train, eval: evaluation } = snapshot.splits;
    const named = [...train.shards, ...evaluation.shards].map(({ key }) => key).sort();
    const reclaimed = await reclaimShards(store, hoursOn(25));
    expect(reclaimed).toHaveLength(2);
    expect(await keysBelow(store, 'shards/')).toEqual(named);
  });

  it('keeps one that is used again while it looks', async () => {
    const { store, orphan } = await withOrphan();
    // Times are told in whole seconds; in earnest the shard is a day old.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const meddled = interruptedStore(store, 'head', orphan, () =>
      ingest(store, 'set', 'train', 'again.tfrecord', clipsNamed('g', 2)),
    );
    expect(await reclaimShards(meddled, hoursOn(25))).toEqual([]);
    expect(await store.head(orphan)).not.toBeNull();
  });

  it('keeps everything when it cannot read what is named', async () => {
    const { store, orphan } = await withOrphan();
    await store.put('manifest/set/train/odd.tfrecord.json', Buffer.from('{}'));
    await expect(reclaimShards(store, hoursOn(25))).rejects.toMatchObject({ code: 'DOCUMENT_CORRUPT' });
    expect(await store.head(orphan)).not.toBeNull();
  });
});
