import { createHash } from 'node:crypto';
import { EarshotError } from '../errors/earshot-error.ts';
import { encodeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { UploadPolicy } from './anomaly-rules.ts';
import { readLabelList } from './dataset-settings.ts';
import type { ShardReference, Snapshot } from './documents.ts';
import { joinSplit, openShards } from './join-shards.ts';
import { type Split, snapshotKey } from './keys.ts';
import { type Exclusions, settleClips } from './settle-clips.ts';
import type { SourceState } from './settled-sources.ts';
import { expectTrainable } from './snapshot-refusal.ts';

/** Bytes of small shards kept in memory between the two looks at them; an instance may build four snapshots at once. */
const usualHeldBytes = 64 * 1024 * 1024;

/** A snapshot and its key `snapshots/<dataset>/<hash>.json`. */
export interface KeyedSnapshot {
  readonly key: string;
  readonly snapshot: Snapshot;
}

/**
 * Settles the whole dataset and writes its snapshot. The same uploads give the same bytes, and so the same key.
 * Memory: `heldBytes`, one shard being written, ids and labels of all clips.
 * @throws SNAPSHOT_EMPTY when train or eval has no clip, SNAPSHOT_REFUSED when the dataset's policy does not allow what
 *   settling found, both with the anomalies grouped; PIPELINE_NOT_SETTLED when a shard was deleted meanwhile;
 *   LABEL_LIST_INVALID, SHARD_CORRUPT
 */
export async function buildSnapshot(
  store: ObjectStore,
  dataset: string,
  sources: SourceState,
  heldBytes = usualHeldBytes,
): Promise<KeyedSnapshot> {
  try {
    const snapshot = await settle(store, dataset, sources, heldBytes);
    const bytes = encodeJson(snapshot);
    const key = snapshotKey(dataset, createHash('sha256').update(bytes).digest('hex'));
    // Also when it is there already: the newest snapshot is the one that was asked for last.
    await store.put(key, bytes, { contentType: 'application/json' });
    return { key, snapshot };
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'OBJECT_MISSING') throw error;
    throw new EarshotError(
      'PIPELINE_NOT_SETTLED',
      {
        ...error.details,
        expected: 'the shards of every upload',
        received: 'one that was deleted meanwhile',
      },
      { cause: error },
    );
  }
}

async function settle(
  store: ObjectStore,
  dataset: string,
  sources: SourceState,
  heldBytes: number,
): Promise<Snapshot> {
  const { width, maxFrames, dtype } = sources.config;
  const shape = { width, maxFrames, dtype };
  const labels = await readLabelList(store, dataset);
  const shards = await openShards(store, sources, heldBytes);
  const { kept, excluded } = settleClips(shards, labels.length);
  const settled = shards.map((shard, i) => ({ ...shard, kept: kept[i]! }));
  const counts = sourceCounts(sources);
  const clipsIn = (split: Split) =>
    settled.reduce((sum, shard) => sum + (shard.split === split ? shard.kept.rows.length : 0), 0);
  const clips = { train: clipsIn('train'), eval: clipsIn('eval') };
  await expectTrainable(store, { dataset, sources, counts, clips, excluded });
  const join = async (split: Split) => summed(await joinSplit(store, dataset, split, settled, shape));
  return {
    format: 'earshot-snapshot',
    version: 1,
    dataset,
    shape,
    rules: appliedRules(sources),
    labels: [...labels],
    splits: { train: await join('train'), eval: await join('eval') },
    sources: counts,
    anomalyCounts: countAnomalies(sources, excluded),
    excluded: excluded.listed,
  };
}

function summed(shards: ShardReference[]) {
  const sum = (of: (shard: ShardReference) => number) =>
    shards.reduce((total, shard) => total + of(shard), 0);
  return { clips: sum((shard) => shard.clips), labels: sum((shard) => shard.labels), shards };
}

function sourceCounts({ entries, misplaced }: SourceState): Snapshot['sources'] {
  return {
    files: entries.length + misplaced.length,
    quarantinedFiles: entries.filter((entry) => entry.quarantined > 0).length,
    quarantinedRecords: entries.reduce((sum, entry) => sum + entry.quarantined, 0),
  };
}

function countAnomalies({ entries, misplaced }: SourceState, { counts: leftOut }: Exclusions) {
  const counts = new Map<string, number>();
  const add = (code: string, count: number) => counts.set(code, (counts.get(code) ?? 0) + count);
  for (const entry of entries) {
    for (const [code, count] of Object.entries(entry.anomalyCounts)) add(code, count);
  }
  if (misplaced.length > 0) add('INCOMING_KEY_INVALID', misplaced.length);
  for (const [code, count] of Object.entries(leftOut)) add(code, count);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What led to the entries: all that say it say the same. */
export function appliedRules({ entries }: SourceState): Snapshot['rules'] {
  const policy = new Map<string, string>();
  let evalShare: number | null = null;
  for (const { rules } of entries) {
    evalShare ??= rules.evalShare;
    for (const [code, severity] of Object.entries(rules.policy)) policy.set(code, severity);
  }
  const sorted = [...policy].sort(([a], [b]) => (a < b ? -1 : 1));
  return { evalShare, policy: Object.fromEntries(sorted) as UploadPolicy };
}
