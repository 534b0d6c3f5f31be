import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../../shared/dataset/documents.ts';
import {
  datasetConfigKey,
  manifestKey,
  quarantineKey,
  quarantineReasonsKey,
  receiptKey,
  runKeys,
} from '../../../shared/dataset/keys.ts';
import { settledSources } from '../../../shared/dataset/settled-sources.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { type SweepReport, sweep } from '../../../shared/sweep/sweep.ts';
import { jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore } from '../../fixtures/object-store/watched-store.ts';
import { type RecordedJobs, recordedJobs } from '../../fixtures/recorded-jobs.ts';
import { clipNamed, clipsNamed, drop, ingest, process } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const nothing: SweepReport = {
  recovered: [],
  failed: [],
  removed: [],
  started: [],
  restarted: [],
  autoTrained: [],
  reclaimed: [],
};
const swept = (store: ObjectStore, jobs: RecordedJobs = recordedJobs(), now = new Date()) =>
  sweep(store, jobs, now);
const entryAt = (store: ObjectStore, key: string) => jsonAt<ManifestEntry>(store, manifestKey(key));

describe('the sweep', () => {
  it('of a bucket in which nothing was lost changes nothing', async () => {
    const store = await freshBucket();
    expect(await swept(store)).toEqual(nothing);
    await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    await store.put('incoming/set/', Buffer.alloc(0));
    const before = store.changes();
    expect(await swept(store)).toEqual(nothing);
    expect(store.changes()).toEqual(before);
  });

  it('validates and shards uploads whose event was lost, new and overwritten', async () => {
    const store = await freshBucket();
    const a = await drop(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    const b = await ingest(store, 'other', 'all', 'b.tfrecord', clipsNamed('b', 2));
    await drop(store, 'other', 'all', 'b.tfrecord', clipsNamed('b', 5));
    expect(await swept(store)).toEqual({ ...nothing, recovered: [b, a] });
    expect((await entryAt(store, b)).clips).toBe(5);
    expect((await settledSources(store, 'set', 0)).entries).toHaveLength(1);
    expect(await swept(store)).toEqual(nothing);
  });

  it('judges uploads anew after the rules of their dataset changed', async () => {
    const store = await freshBucket();
    const a = await ingest(store, 'set', 'all', 'a.tfrecord', clipsNamed('a', 20));
    await writeJson(store, datasetConfigKey('set'), { evalShare: 0.9 });
    expect(await swept(store)).toEqual({ ...nothing, recovered: [a] });
    const { shards } = await entryAt(store, a);
    expect(shards.eval[0]!.clips).toBeGreaterThan(10);
  });

  it('judges anew what a change of the policy concerns, and nothing else', async () => {
    const store = await freshBucket();
    const bare = await ingest(store, 'set', 'train', 'bare.tfrecord', [clipNamed('b', { labels: [] })]);
    await ingest(store, 'set', 'train', 'plain.tfrecord', clipsNamed('a', 2));
    await writeJson(store, datasetConfigKey('set'), { policy: { LABELS_EMPTY: 'error' } });
    expect(await swept(store)).toEqual({ ...nothing, recovered: [bare] });
    expect(await entryAt(store, bare)).toMatchObject({ clips: 0, quarantined: 1 });
    expect(await swept(store)).toEqual(nothing);
  });

  it('makes quarantines agree with the receipts: one that is missing, one too many, one of nothing', async () => {
    const store = await freshBucket();
    const bad = await ingest(store, 'set', 'train', 'bad.tfrecord', Buffer.from('no TFRecord'));
    const good = await ingest(store, 'set', 'train', 'good.tfrecord', clipsNamed('a', 2));
    const before = await keysBelow(store, '');
    for (const key of [quarantineKey(bad), quarantineReasonsKey(bad)]) await store.delete(key);
    for (const key of [good, 'incoming/set/train/gone.tfrecord']) {
      await store.put(quarantineKey(key), Buffer.from('stray'));
      await store.put(quarantineReasonsKey(key), Buffer.from('{}'));
    }
    expect(await swept(store)).toEqual({
      ...nothing,
      recovered: [bad, good],
      removed: ['incoming/set/train/gone.tfrecord'],
    });
    expect(await keysBelow(store, '')).toEqual(before);
    expect(await swept(store)).toEqual(nothing);
  });

  it('removes the mirrors of a deleted upload though the configuration of its dataset is not valid', async () => {
    const store = await freshBucket();
    const a = await ingest(store, 'set', 'train', 'a.tfrecord', Buffer.from('no TFRecord'));
    await writeJson(store, datasetConfigKey('set'), { width: 0 });
    await store.delete(a);
    expect(await swept(store)).toEqual({ ...nothing, removed: [a] });
    expect(await keysBelow(store, '')).toEqual([datasetConfigKey('set')]);
  });

  it('tells of misplaced objects whose event was lost', async () => {
    const store = await freshBucket();
    const misplaced = [
      'incoming/set/notes.txt',
      'incoming/two words/train/a.tfrecord',
      'incoming/x.tfrecord',
    ];
    for (const key of misplaced) await store.put(key, Buffer.from('x'));
    expect(await swept(store)).toEqual({ ...nothing, recovered: misplaced });
    expect(await keysBelow(store, 'receipts/')).toEqual(misplaced.map(receiptKey));
    expect(await swept(store)).toEqual(nothing);
  });

  it('writes shards that were lost again', async () => {
    const store = await freshBucket();
    const a = await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    const shards = await keysBelow(store, 'shards/');
    for (const key of shards) await store.delete(key);
    expect(await swept(store)).toEqual({ ...nothing, recovered: [a] });
    expect(await keysBelow(store, 'shards/')).toEqual(shards);
  });

  it('removes what mirrors uploads whose deletion was lost', async () => {
    const store = await freshBucket();
    const a = await ingest(store, 'set', 'train', 'a.tfrecord', Buffer.from('no TFRecord'));
    const b = await ingest(store, 'set', 'train', 'b.tfrecord', clipsNamed('b', 2));
    expect(await keysBelow(store, 'quarantine/')).toHaveLength(2);
    for (const key of [a, b]) await store.delete(key);
    await store.put('receipts/of-the-user.txt', Buffer.from('left alone'));
    expect(await swept(store)).toEqual({ ...nothing, removed: [a, b] });
    for (const prefix of ['manifest/', 'quarantine/']) expect(await keysBelow(store, prefix)).toEqual([]);
    expect(await keysBelow(store, 'receipts/')).toEqual(['receipts/of-the-user.txt']);
  });

  it('keeps the mirrors of an upload that comes while it looks', async () => {
    const store = await freshBucket();
    const a = await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 2));
    await store.delete(a);
    const meddled = interruptedStore(store, 'delete', receiptKey(a), () =>
      ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 3)),
    );
    expect((await swept(meddled)).removed).toEqual([]);
    await process(store, a);
    expect((await entryAt(store, a)).clips).toBe(3);
  });

  it('goes on past what fails, and names it', async () => {
    const store = await freshBucket();
    await drop(store, 'bad', 'train', 'a.tfrecord', clipsNamed('a', 2));
    await writeJson(store, datasetConfigKey('bad'), { width: 0 });
    const broken = await ingest(store, 'broken', 'train', 'a.tfrecord', clipsNamed('a', 2));
    await store.put(manifestKey(broken), Buffer.from('{}'));
    const good = await drop(store, 'good', 'train', 'a.tfrecord', clipsNamed('a', 2));
    await store.put(runKeys('odd').status, Buffer.from('{}'));
    await writeJson(store, runKeys('odd').request, { dataset: 'good' });
    await store.put(runKeys('Odd Name').request, Buffer.from('{"dataset": "good"}'));
    const report = await swept(store);
    expect(report.recovered).toEqual([good]);
    expect(report.failed).toEqual([
      { key: 'incoming/bad/', reason: expect.stringContaining('datasets/bad.json') },
      { key: 'incoming/broken/', reason: expect.stringContaining(manifestKey(broken)) },
      { key: 'runs/odd/', reason: expect.stringContaining(runKeys('odd').status) },
    ]);
    expect(await jsonAt(store, runKeys('Odd Name').status)).toMatchObject({ phase: 'failed' });
  });
});
