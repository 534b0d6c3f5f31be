import { createHash } from 'node:crypto';
import pMap from 'p-map';
import { EarshotError } from '../errors/earshot-error.ts';
import { encodeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type EmbeddingShape, gatherRows } from './clip-rows.ts';
import { readDatasetConfig, readLabelList } from './dataset-settings.ts';
import type { ManifestEntry, ShardReference, Snapshot } from './documents.ts';
import { type Split, snapshotKey } from './keys.ts';
import { readShard } from './read-shards.ts';
import { type KeptRows, type SourceShard, settleClips } from './settle-clips.ts';
import type { SourceState } from './settled-sources.ts';
import { clipsPerShard, writeShard } from './write-shards.ts';

/** A shard with fewer clips is joined with its neighbours. */
const smallShard = clipsPerShard / 2;
const concurrency = 16;

/** A snapshot and its key `snapshots/<dataset>/<hash>.json`. */
export interface KeyedSnapshot {
  readonly key: string;
  readonly snapshot: Snapshot;
}

/**
 * Settles the whole dataset and writes its snapshot. The same uploads give the same bytes, and so the same key.
 * @throws SNAPSHOT_EMPTY when train or eval has no clip; LABEL_LIST_INVALID, DATASET_CONFIG_INVALID, SHARD_CORRUPT
 */
export async function buildSnapshot(
  store: ObjectStore,
  dataset: string,
  sources: SourceState,
): Promise<KeyedSnapshot> {
  const labels = await readLabelList(store, dataset);
  const { width, maxFrames, dtype } = await readDatasetConfig(store, dataset);
  const shape = { width, maxFrames, dtype };
  const references = sources.entries.flatMap((entry) =>
    (['train', 'eval'] as const).flatMap((split) =>
      entry.shards[split].map((reference) => ({ split, file: entry.source.key, reference })),
    ),
  );
  const shards: PlacedShard[] = await pMap(
    references,
    async (placed) => ({ ...placed, table: withoutFrames(await readShard(store, placed.reference.key)) }),
    { concurrency },
  );
  const { kept, excluded } = settleClips(shards, labels.length);
  const placed = shards.map((shard, i) => ({ ...shard, kept: kept[i]! }));
  const joined = {
    train: await joinSplit(store, dataset, 'train', placed, shape),
    eval: await joinSplit(store, dataset, 'eval', placed, shape),
  };
  const counts = countAnomalies(sources, excluded);
  const snapshot: Snapshot = {
    format: 'earshot-snapshot',
    version: 1,
    dataset,
    shape,
    labels: [...labels],
    splits: { train: summed(joined.train), eval: summed(joined.eval) },
    sources: {
      files: sources.entries.length + sources.misplaced.length,
      quarantinedFiles: sources.entries.filter((entry) => entry.quarantined > 0).length,
      quarantinedRecords: sources.entries.reduce((sum, entry) => sum + entry.quarantined, 0),
    },
    anomalyCounts: counts,
    excluded,
  };
  for (const split of ['train', 'eval'] as const) {
    if (snapshot.splits[split].clips === 0) throw emptySnapshot(dataset, split, snapshot);
  }
  const bytes = encodeJson(snapshot);
  const key = snapshotKey(dataset, createHash('sha256').update(bytes).digest('hex'));
  await store.put(key, bytes, { ifAbsent: true, contentType: 'application/json' });
  return { key, snapshot };
}

type PlacedShard = SourceShard & { readonly reference: ShardReference };
type KeptShard = PlacedShard & { readonly kept: KeptRows };

const withoutFrames = ({ clips, ids, labelOffsets, labelIndices }: SourceShard['table']) => ({
  clips,
  ids,
  labelOffsets: labelOffsets.slice(),
  labelIndices: labelIndices.slice(),
});

/** Large whole shards are taken as they are; the rest is written again, joined in the order of the source keys. */
async function joinSplit(
  store: ObjectStore,
  dataset: string,
  split: Split,
  shards: readonly KeptShard[],
  shape: EmbeddingShape,
): Promise<ShardReference[]> {
  const joined: ShardReference[] = [];
  let waiting: KeptShard[] = [];
  let waitingClips = 0;
  const flush = async () => {
    if (waitingClips > 0) joined.push(await writeJoined(store, dataset, split, waiting, shape));
    waiting = [];
    waitingClips = 0;
  };
  for (const shard of shards) {
    const clips = shard.kept.rows.length;
    if (shard.split !== split || clips === 0) continue;
    if (shard.kept.all && clips >= smallShard) {
      await flush();
      joined.push(shard.reference);
      continue;
    }
    if (waitingClips + clips > clipsPerShard) await flush();
    waiting.push(shard);
    waitingClips += clips;
  }
  await flush();
  return joined;
}

async function writeJoined(
  store: ObjectStore,
  dataset: string,
  split: Split,
  shards: readonly KeptShard[],
  shape: EmbeddingShape,
): Promise<ShardReference> {
  const tables = await pMap(shards, (shard) => readShard(store, shard.reference.key), { concurrency });
  const picks = shards.flatMap((shard, i) => shard.kept.rows.map((row) => ({ table: tables[i]!, row })));
  return writeShard(store, dataset, split, gatherRows(picks, shape));
}

function summed(shards: ShardReference[]) {
  const sum = (of: (shard: ShardReference) => number) =>
    shards.reduce((total, shard) => total + of(shard), 0);
  return { clips: sum((shard) => shard.clips), labels: sum((shard) => shard.labels), shards };
}

function countAnomalies({ entries, misplaced }: SourceState, excluded: Snapshot['excluded']) {
  const counts = new Map<string, number>();
  const add = (code: string, count: number) => counts.set(code, (counts.get(code) ?? 0) + count);
  for (const entry of entries as ManifestEntry[]) {
    for (const [code, count] of Object.entries(entry.anomalyCounts)) add(code, count);
  }
  if (misplaced.length > 0) add('INCOMING_KEY_INVALID', misplaced.length);
  for (const { code } of excluded) add(code, 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function emptySnapshot(dataset: string, split: Split, { sources, splits }: Snapshot): EarshotError {
  const received = `${splits.train.clips} in train, ${splits.eval.clips} in eval, ${sources.quarantinedRecords} records in quarantine, from ${sources.files} files`;
  return new EarshotError('SNAPSHOT_EMPTY', {
    file: `incoming/${dataset}/`,
    field: split,
    expected: 'at least 1 good clip',
    received,
  });
}
