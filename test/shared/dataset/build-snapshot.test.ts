import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '../../../shared/dataset/build-snapshot.ts';
import { clipOfRow } from '../../../shared/dataset/clip-rows.ts';
import type { Clip } from '../../../shared/dataset/clip-table.ts';
import type { ManifestEntry, Snapshot } from '../../../shared/dataset/documents.ts';
import { datasetConfigKey, labelListKey, manifestKey } from '../../../shared/dataset/keys.ts';
import { formatLabelList } from '../../../shared/dataset/label-list.ts';
import { readSnapshot, readSplit } from '../../../shared/dataset/read-shards.ts';
import { settledSources } from '../../../shared/dataset/settled-sources.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { clipOf } from '../../fixtures/clips.ts';
import { bytesAt, jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore, watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { clipNamed, clipsNamed, fileOfClips, ingest } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();

const snapshotOf = async (store: ObjectStore, heldBytes?: number) =>
  buildSnapshot(store, 'set', await settledSources(store, 'set', 0), heldBytes);

/** Every clip of a split, by id. */
async function clipsOf(store: ObjectStore, snapshot: Snapshot, split: 'train' | 'eval') {
  const table = await readSplit(store, snapshot, split);
  return new Map(table.ids.map((id, row) => [id, clipOfRow(table, row)]));
}

const byId = (clips: readonly Clip[]) => new Map(clips.map((clip) => [clip.id, clip]));

describe('a snapshot', () => {
  it('holds every good clip as it was uploaded', async () => {
    const store = await freshBucket();
    const train = [...clipsNamed('a', 5), clipNamed('bare', { labels: [], start: NaN, end: NaN })];
    const evaluation = clipsNamed('e', 3);
    await ingest(store, 'set', 'train', 'a.tfrecord', train.slice(0, 2));
    await ingest(store, 'set', 'train', 'b.tfrecord.gz', fileOfClips(train.slice(2), 'gzip'));
    await ingest(store, 'set', 'eval', 'a.tfrecord', evaluation);
    const { key, snapshot } = await snapshotOf(store);
    expect(snapshot).toMatchObject({
      dataset: 'set',
      shape: { width: 128, maxFrames: 10, dtype: 'uint8' },
      splits: { train: { clips: 6, labels: 10 }, eval: { clips: 3, labels: 6 } },
      sources: { files: 3, quarantinedFiles: 0, quarantinedRecords: 0 },
      excluded: [],
    });
    expect(snapshot.labels).toHaveLength(527);
    expect(await readSnapshot(store, key)).toEqual(snapshot);
    expect(await clipsOf(store, snapshot, 'train')).toEqual(byId(train));
    expect(await clipsOf(store, snapshot, 'eval')).toEqual(byId(evaluation));
  });

  it('is the same for the same clips, uploaded in another order, reordered and compressed', async () => {
    const [a, b, c, e] = ['a', 'b', 'c', 'e'].map((name) => clipsNamed(name, 4));
    const one = await freshBucket();
    await ingest(one, 'set', 'train', 'a.tfrecord', a!);
    await ingest(one, 'set', 'train', 'b.tfrecord', b!);
    await ingest(one, 'set', 'all', 'c.tfrecord', c!);
    await ingest(one, 'set', 'eval', 'e.tfrecord', e!);
    const other = await freshBucket();
    await ingest(other, 'set', 'eval', 'e.tfrecord', fileOfClips(e!.toReversed(), 'zlib'));
    await ingest(other, 'set', 'all', 'c.tfrecord', c!.toReversed());
    await ingest(other, 'set', 'train', 'b.tfrecord', b!.slice(1));
    await ingest(other, 'set', 'train', 'a.tfrecord', fileOfClips(a!.toReversed(), 'gzip'));
    await ingest(other, 'set', 'train', 'b.tfrecord', [b![3]!, b![0]!, b![2]!, b![1]!]);
    const [first, second] = [await snapshotOf(one), await snapshotOf(other)];
    expect(second.key).toBe(first.key);
    expect((await bytesAt(other, second.key)).equals(await bytesAt(one, first.key))).toBe(true);
  });

  it('is another one for other clips', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('a', 3));
    await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 3));
    const before = await snapshotOf(store);
    await ingest(store, 'set', 'train', 'b.tfrecord', clipsNamed('b', 1));
    const after = await snapshotOf(store);
    expect(after.key).not.toBe(before.key);
    expect(await keysBelow(store, 'snapshots/')).toEqual([before.key, after.key].sort());
  });

  it('leaves out duplicates, leaks and unknown labels, and lists each with its reason', async () => {
    const store = await freshBucket();
    const [x, y, z] = [clipNamed('x'), clipNamed('y'), clipNamed('z')];
    const odd = clipNamed('odd', { labels: [1, 527] });
    await ingest(store, 'set', 'eval', 'a.tfrecord', [x, y]);
    await ingest(store, 'set', 'train', 'a.tfrecord', [z, odd, clipNamed('t1')]);
    await ingest(store, 'set', 'train', 'b.tfrecord', [x, z, clipNamed('t2')]);
    await ingest(store, 'set', 'train', 'bad.tfrecord', [
      clipNamed('w', { frames: new Uint8Array(1270) }),
      y,
    ]);
    await store.put('incoming/set/misplaced.tfrecord', fileOfClips([x]));
    const { snapshot } = await snapshotOf(store);
    const file = (name: string) => `incoming/set/train/${name}.tfrecord`;
    const alsoIn = (key: string) => `also in ${key}`;
    expect(snapshot.excluded).toEqual([
      { code: 'LABEL_UNKNOWN', clip: 'odd', split: 'train', file: file('a'), received: 'label 527 of 527' },
      {
        code: 'LEAKED_CLIP',
        clip: 'x',
        split: 'train',
        file: file('b'),
        received: alsoIn('incoming/set/eval/a.tfrecord'),
      },
      { code: 'DUPLICATE_CLIP', clip: 'z', split: 'train', file: file('b'), received: alsoIn(file('a')) },
      {
        code: 'LEAKED_CLIP',
        clip: 'y',
        split: 'train',
        file: file('bad'),
        received: alsoIn('incoming/set/eval/a.tfrecord'),
      },
    ]);
    expect(snapshot.anomalyCounts).toEqual({
      DUPLICATE_CLIP: 1,
      EMBEDDING_WRONG_WIDTH: 1,
      INCOMING_KEY_INVALID: 1,
      LABEL_UNKNOWN: 1,
      LEAKED_CLIP: 2,
    });
    expect(snapshot.sources).toEqual({ files: 5, quarantinedFiles: 1, quarantinedRecords: 1 });
    expect([...(await clipsOf(store, snapshot, 'train')).keys()].sort()).toEqual(['t1', 't2', 'z']);
    expect([...(await clipsOf(store, snapshot, 'eval')).keys()].sort()).toEqual(['x', 'y']);
  });

  it('uses the label list of the dataset', async () => {
    const store = await freshBucket();
    const labels = [0, 1, 2].map((index) => ({ index, mid: `/my/${index}`, displayName: `Sound ${index}` }));
    await store.put(labelListKey('set'), Buffer.from(formatLabelList(labels)));
    await ingest(store, 'set', 'train', 'a.tfrecord', [
      clipNamed('t', { labels: [2] }),
      clipNamed('u', { labels: [3] }),
    ]);
    await ingest(store, 'set', 'eval', 'a.tfrecord', [clipNamed('e', { labels: [0] })]);
    const { snapshot } = await snapshotOf(store);
    expect(snapshot.labels).toEqual(labels);
    expect(snapshot.anomalyCounts).toEqual({ LABEL_UNKNOWN: 1 });
    await store.put(labelListKey('set'), Buffer.from('index,mid,display_name\n0,a,A\n2,b,B\n'));
    await expect(snapshotOf(store)).rejects.toMatchObject({
      code: 'LABEL_LIST_INVALID',
      details: { file: labelListKey('set'), field: 'line 3' },
    });
    await store.put(labelListKey('set'), Buffer.from('index,mid,display_name\n0,a,\xe9\n', 'latin1'));
    await expect(snapshotOf(store)).rejects.toMatchObject({
      code: 'LABEL_LIST_INVALID',
      details: { file: labelListKey('set'), expected: 'UTF-8' },
    });
  });

  it('joins small shards and takes large ones as they are', async () => {
    const store = await freshBucket();
    const shape = { width: 1, maxFrames: 1, dtype: 'uint8' } as const;
    await writeJson(store, datasetConfigKey('set'), shape);
    const sizes = { a: 5000, b: 3000, c: 3000, d: 4096, e: 3000, f: 100, g: 4200 };
    const files = Object.entries(sizes).map(([name, count]) => ({
      name: `${name}.tfrecord`,
      clips: Array.from({ length: count }, (_, i) => clipOf(shape, { id: `${name}${i}`, labels: [i % 3] })),
    }));
    // One clip of the last file is a duplicate, so that it cannot stay as it is.
    files.at(-1)!.clips[7] = files[0]!.clips[7]!;
    for (const { name, clips } of files) await ingest(store, 'set', 'train', name, clips);
    await ingest(store, 'set', 'eval', 'a.tfrecord', [clipOf(shape, { id: 'e' })]);
    const reads: string[] = [];
    const watched = watchedStore(store, ({ method, key: read, range }) => {
      if (method === 'get' && read.startsWith('shards/')) reads.push(`${read}${range ? ' in part' : ''}`);
    });
    const { key, snapshot } = await snapshotOf(watched);
    const { train } = snapshot.splits;
    expect(train.shards.map(({ clips }) => clips).sort()).toEqual([4096, 5000, 6000, 7299].sort());
    expect(train.clips).toBe(22_395);
    for (const name of ['a', 'd']) {
      const entry = await jsonAt<ManifestEntry>(store, manifestKey(`incoming/set/train/${name}.tfrecord`));
      expect(train.shards).toContainEqual(entry.shards.train[0]);
      // Their frames are not even looked at.
      expect(reads).toContain(`${entry.shards.train[0]!.key} in part`);
      expect(reads).not.toContain(entry.shards.train[0]!.key);
    }
    // Once each, but the one that was expected to stay as it is and could not.
    expect(reads).toHaveLength(9);
    expect(await clipsOf(store, snapshot, 'train')).toEqual(
      byId(files.flatMap(({ clips }) => clips).toSpliced(-4193, 1)),
    );
    // Without memory for the small ones, they are read a second time: the same comes out.
    expect((await snapshotOf(store, 0)).key).toBe(key);
  });

  it.each([
    ['nothing', async () => {}, 'train', '0 in train, 0 in eval, 0 records in quarantine, from 0 files'],
    [
      'nothing to train on',
      (store: ObjectStore) => ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 2)),
      'train',
      '0 in train, 2 in eval, 0 records in quarantine, from 1 files',
    ],
    [
      'nothing to evaluate with',
      (store: ObjectStore) => ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('e', 2)),
      'eval',
      '2 in train, 0 in eval, 0 records in quarantine, from 1 files',
    ],
    [
      'bad records only',
      (store: ObjectStore) =>
        ingest(store, 'set', 'all', 'a.tfrecord', [clipNamed('a', { frames: new Uint8Array(1270) })]),
      'train',
      '0 in train, 0 in eval, 1 records in quarantine, from 1 files',
    ],
  ])('is refused when there is %s, and nothing is written', async (_, prepare, field, received) => {
    const store = await freshBucket();
    await prepare(store);
    const before = store.changes();
    await expect(snapshotOf(store)).rejects.toMatchObject({
      code: 'SNAPSHOT_EMPTY',
      details: { file: 'incoming/set/', field, expected: 'at least 1 good clip', received },
    });
    expect(store.changes()).toEqual(before);
  });

  it('counts all that it leaves out, and lists the first of them', async () => {
    const store = await freshBucket();
    const wrong = Array.from({ length: 150 }, (_, i) => clipNamed(`w${1000 + i}`, { labels: [600] }));
    await ingest(store, 'set', 'train', 'a.tfrecord', [...clipsNamed('t', 2), ...wrong]);
    await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 2));
    const { snapshot } = await snapshotOf(store);
    expect(snapshot.anomalyCounts).toEqual({ LABEL_UNKNOWN: 150 });
    expect(snapshot.excluded.map(({ clip }) => clip)).toEqual(wrong.slice(0, 100).map(({ id }) => id));
  });

  it('of a shard that is damaged names it', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('t', 2));
    await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 2));
    const [shard] = await keysBelow(store, 'shards/');
    const bytes = await bytesAt(store, shard!);
    bytes[70]! ^= 4;
    await store.put(shard!, bytes);
    await expect(snapshotOf(store)).rejects.toMatchObject({
      code: 'SHARD_CORRUPT',
      details: { file: shard, field: 'columns' },
    });
  });

  it('waits for another try when a shard goes while it is built', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('t', 2));
    await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 2));
    const [shard] = await keysBelow(store, 'shards/');
    const meddled = interruptedStore(store, 'get', shard!, () => store.delete(shard!));
    await expect(snapshotOf(meddled)).rejects.toMatchObject({
      code: 'PIPELINE_NOT_SETTLED',
      isUserError: false,
      details: { file: shard },
    });
  });

  it('is of the rules by which its sources were sharded, whatever the configuration says since', async () => {
    const store = await freshBucket();
    await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('t', 2));
    await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 2));
    const sources = await settledSources(store, 'set', 0);
    await writeJson(store, datasetConfigKey('set'), { width: 64 });
    const { snapshot } = await buildSnapshot(store, 'set', sources);
    expect(snapshot.shape.width).toBe(128);
    expect((await clipsOf(store, snapshot, 'train')).get('t1')).toEqual(clipNamed('t1'));
  });
});
