import pMap from 'p-map';
import type { ObjectStore } from '../storage/object-store.ts';
import { clipOfRow, clipTableOf, type EmbeddingShape } from './clip-rows.ts';
import type { ClipTable } from './clip-table.ts';
import type { ShardReference } from './documents.ts';
import type { Split } from './keys.ts';
import { readShard, readShardColumns } from './read-shards.ts';
import type { KeptRows, SourceShard } from './settle-clips.ts';
import type { SourceState } from './settled-sources.ts';
import { clipsPerShard, writeShard } from './write-shards.ts';

/** Shards read at once. */
const concurrency = 32;

/** A source's shard, opened for a snapshot. */
export interface OpenShard extends SourceShard {
  readonly reference: ShardReference;
  /** With its frames, when it will be joined and there was room for it; else they are read when they are needed. */
  readonly whole: ClipTable | null;
}

/**
 * Opens every shard of the sources, in ascending order of the source key: small ones whole, up to `heldBytes` in all,
 * of the others only ids and labels.
 * @throws OBJECT_MISSING, SHARD_CORRUPT
 */
export function openShards(
  store: ObjectStore,
  { entries, config }: SourceState,
  heldBytes: number,
): Promise<OpenShard[]> {
  let room = heldBytes;
  const placed = entries.flatMap((entry) =>
    (['train', 'eval'] as const).flatMap((split) =>
      entry.shards[split].map((reference) => {
        const isHeld = isSmall(reference.clips, config) && reference.bytes <= room;
        if (isHeld) room -= reference.bytes;
        return { split, file: entry.source.key, reference, isHeld };
      }),
    ),
  );
  const open = async ({ isHeld, ...shard }: (typeof placed)[number]): Promise<OpenShard> => {
    if (isHeld) {
      const whole = await readShard(store, shard.reference.key);
      return { ...shard, whole, table: whole };
    }
    // Of hundreds of thousands of shards, what is not needed would add up.
    const { clips, ids, labelOffsets, labelIndices } = await readShardColumns(store, shard.reference, config);
    return { ...shard, whole: null, table: { clips, ids, labelOffsets, labelIndices } };
  };
  return pMap(placed, open, { concurrency });
}

/** A shard with fewer clips than half of what fits is joined with others. */
const isSmall = (clips: number, shape: EmbeddingShape) => clips < clipsPerShard(shape) / 2;

/**
 * The shards of one split with the clips that stay: large ones of which nothing was left out are taken as they are,
 * the rest is written again, joined in order.
 * @throws OBJECT_MISSING, SHARD_CORRUPT
 */
export async function joinSplit(
  store: ObjectStore,
  dataset: string,
  split: Split,
  shards: readonly (OpenShard & { readonly kept: KeptRows })[],
  shape: EmbeddingShape,
): Promise<ShardReference[]> {
  const joined: ShardReference[] = [];
  let waiting: (typeof shards)[number][] = [];
  let waitingClips = 0;
  const flush = async () => {
    const clips = await pMap(waiting, (shard) => keptClips(store, shard), { concurrency });
    joined.push(await writeShard(store, dataset, split, clipTableOf(clips.flat(), shape)));
    waiting = [];
    waitingClips = 0;
  };
  for (const shard of shards) {
    const clips = shard.kept.rows.length;
    if (shard.split !== split || clips === 0) continue;
    if (shard.kept.all && !isSmall(clips, shape)) {
      joined.push(shard.reference);
      continue;
    }
    if (waitingClips + clips > clipsPerShard(shape)) await flush();
    waiting.push(shard);
    waitingClips += clips;
  }
  if (waitingClips > 0) await flush();
  return joined;
}

async function keptClips(store: ObjectStore, { whole, reference, kept }: OpenShard & { kept: KeptRows }) {
  const table = whole ?? (await readShard(store, reference.key));
  return kept.rows.map((row) => clipOfRow(table, row));
}
