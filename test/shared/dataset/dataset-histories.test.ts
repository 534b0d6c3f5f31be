import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '../../../shared/dataset/build-snapshot.ts';
import type { Snapshot } from '../../../shared/dataset/documents.ts';
import { datasetConfigKey, labelListKey } from '../../../shared/dataset/keys.ts';
import { formatLabelList } from '../../../shared/dataset/label-list.ts';
import { readSplit } from '../../../shared/dataset/read-shards.ts';
import { settledSources } from '../../../shared/dataset/settled-sources.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { sweep } from '../../../shared/sweep/sweep.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { recordedJobs } from '../../fixtures/recorded-jobs.ts';
import { clipNamed, clipsNamed, fileOfClips, ingest, process } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const snapshotOf = async (store: ObjectStore) =>
  buildSnapshot(store, 'set', await settledSources(store, 'set', 0));
const idsIn = async (store: ObjectStore, snapshot: Snapshot, split: 'train' | 'eval') =>
  (await readSplit(store, snapshot, split)).ids.toSorted();

describe('a dataset', () => {
  it('with the same content under two keys is what it is with one, whichever is removed', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'eval', 'e.tfrecord', clipsNamed('e', 2));
    const a = await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('t', 4));
    const { snapshot: once } = await snapshotOf(store);
    const copy = fileOfClips(clipsNamed('t', 4).toReversed(), 'gzip');
    const b = await ingest(store, 'set', 'train', 'b.tfrecord.gz', copy);
    const { snapshot: twice } = await snapshotOf(store);
    expect(twice.splits).toEqual(once.splits);
    expect(twice.anomalyCounts).toEqual({ DUPLICATE_CLIP: 4 });
    for (const [gone, content] of [
      [a, fileOfClips(clipsNamed('t', 4))],
      [b, copy],
    ] as const) {
      await store.delete(gone);
      await process(store, gone);
      expect((await snapshotOf(store)).snapshot).toEqual(once);
      await store.put(gone, content);
      await process(store, gone);
      expect((await snapshotOf(store)).snapshot).toEqual(twice);
    }
  });

  it('keeps a clip of several files while one of them has it', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'eval', 'e.tfrecord', clipsNamed('e', 2));
    const files = [];
    for (const name of ['a', 'b', 'c']) {
      files.push(await ingest(store, 'set', 'train', `${name}.tfrecord`, [clipNamed('x'), clipNamed(name)]));
    }
    for (const [i, key] of files.entries()) {
      const { snapshot } = await snapshotOf(store);
      expect(await idsIn(store, snapshot, 'train')).toEqual(['a', 'b', 'c', 'x'].slice(i));
      expect(snapshot.anomalyCounts).toEqual(i === 2 ? {} : { DUPLICATE_CLIP: 2 - i });
      if (i < 2) {
        await store.delete(key);
        await process(store, key);
      }
    }
  });

  it('gets a leaked clip back into train when eval has it no more', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 't.tfrecord', clipsNamed('t', 3));
    await ingest(store, 'set', 'eval', 'e.tfrecord', [clipNamed('t1'), clipNamed('e')]);
    const { snapshot: leaking } = await snapshotOf(store);
    expect(await idsIn(store, leaking, 'train')).toEqual(['t0', 't2']);
    expect(await idsIn(store, leaking, 'eval')).toEqual(['e', 't1']);
    await ingest(store, 'set', 'eval', 'e.tfrecord', [clipNamed('e')]);
    const { snapshot } = await snapshotOf(store);
    expect(await idsIn(store, snapshot, 'train')).toEqual(['t0', 't1', 't2']);
    expect(snapshot.anomalyCounts).toEqual({});
  });

  it('has the clips whose labels come after them once they come, with no upload read again', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 't.tfrecord', [
      clipNamed('known', { labels: [1] }),
      clipNamed('late', { labels: [1, 700] }),
    ]);
    await ingest(store, 'set', 'eval', 'e.tfrecord', [clipNamed('e', { labels: [0] })]);
    const { snapshot: before } = await snapshotOf(store);
    expect(await idsIn(store, before, 'train')).toEqual(['known']);
    expect(before.anomalyCounts).toEqual({ LABEL_UNKNOWN: 1 });
    const labels = Array.from({ length: 701 }, (_, index) => {
      return { index, mid: `/${index}`, displayName: `Sound ${index}` };
    });
    await store.put(labelListKey('set'), Buffer.from(formatLabelList(labels)));
    expect(await sweep(store, recordedJobs(), new Date())).toMatchObject({ recovered: [], failed: [] });
    const { snapshot } = await snapshotOf(store);
    expect(await idsIn(store, snapshot, 'train')).toEqual(['known', 'late']);
    expect(snapshot.labels).toEqual(labels);
    expect(snapshot.anomalyCounts).toEqual({});
  });

  it('of uploads to all is divided by clip id: the same in any file, beside train and eval', async () => {
    const store = await freshBucket();
    await writeJson(store, datasetConfigKey('set'), { evalShare: 0.4 });
    const clips = clipsNamed('c', 60);
    await ingest(store, 'set', 'all', 'one.tfrecord', clips);
    const { snapshot: one } = await snapshotOf(store);
    const [train, evaluation] = [await idsIn(store, one, 'train'), await idsIn(store, one, 'eval')];
    expect([...train, ...evaluation].sort()).toEqual(clips.map(({ id }) => id).sort());
    expect(evaluation.length).toBeGreaterThan(10);
    const other = await freshBucket();
    await writeJson(other, datasetConfigKey('set'), { evalShare: 0.4 });
    for (let i = 0; i < 3; i++) {
      await ingest(other, 'set', 'all', `${i}.tfrecord`, clips.slice(20 * i, 20 * (i + 1)).reverse());
    }
    const { snapshot: three } = await snapshotOf(other);
    expect(await idsIn(other, three, 'eval')).toEqual(evaluation);
    // What all sends to eval and train has too is a leak; what both have in train is a duplicate.
    await ingest(store, 'set', 'train', 'twins.tfrecord', [clipNamed(evaluation[0]!), clipNamed(train[0]!)]);
    const { snapshot } = await snapshotOf(store);
    expect(snapshot.anomalyCounts).toEqual({ DUPLICATE_CLIP: 1, LEAKED_CLIP: 1 });
    expect(snapshot.splits).toEqual(one.splits);
  });
});
