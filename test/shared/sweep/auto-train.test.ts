import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '../../../shared/dataset/build-snapshot.ts';
import { datasetConfigKey, isRunName, labelListKey, runKeys } from '../../../shared/dataset/keys.ts';
import { readSourceState, settledSources } from '../../../shared/dataset/settled-sources.ts';
import { runRequestSchema } from '../../../shared/runs/documents.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { requestAutoTraining } from '../../../shared/sweep/auto-train.ts';
import { jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { clipNamed, clipsNamed, drop, ingest, process } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const minutesOn = (minutes: number) => new Date(Date.now() + minutes * 60_000);
const requests = async (store: ObjectStore) => (await keysBelow(store, 'runs/')).length;
const asked = (store: ObjectStore, minutes = 6) => requestAutoTraining(store, 'set', minutesOn(minutes));

async function snapshot(store: ObjectStore) {
  await buildSnapshot(store, 'set', await settledSources(store, 'set', 0));
}

/** A dataset that trains by itself, with five training and three eval clips. */
async function automatic(autoTrain: object | null = {}) {
  const store = await freshBucket();
  if (autoTrain !== null) await writeJson(store, datasetConfigKey('set'), { autoTrain });
  await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('t', 5));
  await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 3));
  return store;
}

describe('training by itself', () => {
  it('asks for a run once the uploads are quiet, and once for one state of them', async () => {
    const store = await automatic({ quietMinutes: 5 });
    expect(await asked(store, 4)).toBeNull();
    const run = await asked(store, 6);
    expect(isRunName(run!)).toBe(true);
    expect(runRequestSchema.parse(await jsonAt(store, runKeys(run!).request))).toEqual({ dataset: 'set' });
    expect(await asked(store)).toBeNull();
    expect(await requests(store)).toBe(1);
  });

  it('asks for one run when several ask at once', async () => {
    const store = await automatic();
    const runs = await Promise.all([1, 2, 3, 4].map(() => asked(store)));
    expect(runs.filter((run) => run !== null)).toHaveLength(1);
    expect(await requests(store)).toBe(1);
  });

  it('does not when the dataset does not say so, or has no uploads', async () => {
    expect(await asked(await automatic(null))).toBeNull();
    const store = await freshBucket();
    await writeJson(store, datasetConfigKey('set'), { autoTrain: {} });
    expect(await asked(store)).toBeNull();
  });

  it('waits until everything is sharded', async () => {
    const store = await automatic();
    const key = await drop(store, 'set', 'train', 'b.tfrecord', clipsNamed('u', 2));
    expect(await asked(store)).toBeNull();
    await process(store, key);
    expect(await asked(store)).not.toBeNull();
  });

  it('waits until there is enough that the last snapshot did not have', async () => {
    const store = await automatic({ minNewClips: 4 });
    await snapshot(store);
    expect(await asked(store)).toBeNull();
    await ingest(store, 'set', 'train', 'b.tfrecord', clipsNamed('u', 3));
    expect(await asked(store)).toBeNull();
    await ingest(store, 'set', 'train', 'c.tfrecord', clipsNamed('v', 1));
    expect(await asked(store)).not.toBeNull();
  });

  it('does not count clips as new that the last snapshot left out', async () => {
    const store = await automatic({ minNewClips: 3 });
    // Three duplicates and two leaks.
    await ingest(store, 'set', 'train', 'b.tfrecord', [...clipsNamed('t', 3), ...clipsNamed('e', 2)]);
    await snapshot(store);
    await ingest(store, 'set', 'train', 'c.tfrecord', clipsNamed('v', 1));
    expect(await asked(store)).toBeNull();
    await ingest(store, 'set', 'train', 'd.tfrecord', clipsNamed('w', 2));
    expect(await asked(store)).not.toBeNull();
  });

  it.each<[string, object | null, string | null]>([
    ['the policy', { policy: { LABELS_EMPTY: 'error' } }, null],
    ['the share of eval', { evalShare: 0.5 }, null],
    ['the most frames', { maxFrames: 12 }, null],
    ['the label list', null, 'index,mid,display_name\n0,/a,A\n1,/b,B\n2,/c,C\n3,/d,D\n'],
  ])('asks again when %s has changed, though no clip is new, and once', async (_, config, labels) => {
    const store = await automatic({ minNewClips: 1 });
    await ingest(store, 'set', 'all', 'odd.tfrecord', [
      clipNamed('bare', { labels: [] }),
      clipNamed('d', { labels: [3] }),
      clipNamed('e0', { labels: [2] }),
    ]);
    await ingest(store, 'set', 'eval', 'known.tfrecord', [clipNamed('known', { labels: [1] })]);
    await snapshot(store);
    expect(await asked(store)).toBeNull();
    if (config !== null) await writeJson(store, datasetConfigKey('set'), { autoTrain: {}, ...config });
    if (labels !== null) await store.put(labelListKey('set'), Buffer.from(labels));
    for (const { key } of (await readSourceState(store, 'set')).pending) await process(store, key);
    expect(await asked(store)).not.toBeNull();
    expect(await asked(store)).toBeNull();
  });

  it('does not ask again after a change that concerns no upload, or only when to ask', async () => {
    const store = await automatic({ minNewClips: 1 });
    await snapshot(store);
    const policy = { LABELS_EMPTY: 'error', TIMES_INVALID: 'ignore' };
    await writeJson(store, datasetConfigKey('set'), {
      autoTrain: { quietMinutes: 1 },
      policy,
      evalShare: 0.5,
    });
    expect((await readSourceState(store, 'set')).pending).toEqual([]);
    expect(await asked(store)).toBeNull();
  });

  it('asks again when a run was refused for what the policy tolerates now', async () => {
    const store = await automatic();
    await ingest(store, 'set', 'train', 'leak.tfrecord', clipsNamed('e', 1));
    await writeJson(store, datasetConfigKey('set'), { autoTrain: {}, policy: { LEAKED_CLIP: 'error' } });
    const first = await asked(store);
    await expect(snapshot(store)).rejects.toMatchObject({ code: 'SNAPSHOT_REFUSED' });
    await writeJson(store, datasetConfigKey('set'), { autoTrain: {} });
    const second = await asked(store);
    expect(second).not.toBeNull();
    expect(second).not.toBe(first);
  });

  it('counts from the snapshot that was taken last, also when it is an old one again', async () => {
    const store = await automatic({ minNewClips: 2 });
    await snapshot(store);
    const key = await ingest(store, 'set', 'train', 'b.tfrecord', clipsNamed('u', 4));
    // Snapshots are told apart by times of whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await snapshot(store);
    await store.delete(key);
    await process(store, key);
    expect(await asked(store)).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await snapshot(store);
    await ingest(store, 'set', 'train', 'c.tfrecord', clipsNamed('v', 2));
    expect(await asked(store)).not.toBeNull();
  });
});
