import { describe, expect, it } from 'vitest';
import { clipTableOf } from '../../../shared/dataset/clip-rows.ts';
import type { ShardReference, Snapshot } from '../../../shared/dataset/documents.ts';
import { readShard, readSnapshot, readSplit } from '../../../shared/dataset/read-shards.ts';
import { writeShard } from '../../../shared/dataset/write-shards.ts';
import { plainColumns } from '../../fixtures/clip-tables.ts';
import { clipOf } from '../../fixtures/clips.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';

const freshBucket = freshBuckets();
const shape = { width: 3, maxFrames: 2, dtype: 'float32' } as const;
const clips = ['c', 'a', 'd', 'b', 'e'].map((id, i) =>
  clipOf(shape, { id, labels: [i, i + 9].slice(i % 3), frameCount: 1 + (i % 2) }),
);

function snapshotOf(shards: ShardReference[], totals: { clips: number; labels: number }): Snapshot {
  const none = { clips: 0, labels: 0, shards: [] };
  return {
    format: 'earshot-snapshot',
    version: 1,
    dataset: 'set',
    shape,
    labels: [],
    splits: { train: { ...totals, shards }, eval: none },
    sources: { files: 1, quarantinedFiles: 0, quarantinedRecords: 0 },
    rules: { evalShare: null, policy: {} },
    anomalyCounts: {},
    excluded: [],
  };
}

describe('a split of a snapshot', () => {
  it('is read whole, in the order of its shards', async () => {
    const store = await freshBucket();
    const parts = [clips.slice(0, 2), clips.slice(2, 3), clips.slice(3)];
    const shards: ShardReference[] = [];
    for (const part of parts) shards.push(await writeShard(store, 'set', 'train', clipTableOf(part, shape)));
    const whole = clipTableOf(clips, shape);
    const snapshot = snapshotOf(shards, { clips: 5, labels: whole.labelIndices.length });
    expect(plainColumns(await readSplit(store, snapshot, 'train'))).toEqual(plainColumns(whole));
    expect(plainColumns(await readSplit(store, snapshot, 'eval'))).toEqual(
      plainColumns(clipTableOf([], shape)),
    );
  });

  it('is refused when a shard is not the one that the snapshot means', async () => {
    const store = await freshBucket();
    const shard = await writeShard(store, 'set', 'train', clipTableOf(clips, shape));
    const snapshot = snapshotOf([{ ...shard, clips: 4 }], { clips: 4, labels: shard.labels });
    await expect(readSplit(store, snapshot, 'train')).rejects.toMatchObject({
      code: 'SHARD_CORRUPT',
      details: {
        file: shard.key,
        expected: `4 clips of 2 × 3 float32 with ${shard.labels} labels`,
        received: `5 clips of 2 × 3 float32 with ${shard.labels} labels`,
      },
    });
  });

  it('is refused when a shard or the snapshot is missing, or is something else', async () => {
    const store = await freshBucket();
    const missing = (file: string) => ({ code: 'OBJECT_MISSING', details: { file } });
    await expect(readShard(store, 'shards/x')).rejects.toMatchObject(missing('shards/x'));
    await expect(readSnapshot(store, 'snapshots/x')).rejects.toMatchObject(missing('snapshots/x'));
    await store.put('snapshots/x', Buffer.from('{"format": "earshot-receipt"}'));
    await expect(readSnapshot(store, 'snapshots/x')).rejects.toMatchObject({
      code: 'DOCUMENT_CORRUPT',
      details: { file: 'snapshots/x', path: 'format', received: '"earshot-receipt"' },
    });
  });
});
