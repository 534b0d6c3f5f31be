import { createHash } from 'node:crypto';
import type { ObjectStore } from '../storage/object-store.ts';
import type { EmbeddingShape } from './clip-rows.ts';
import type { ClipTable } from './clip-table.ts';
import type { ShardReference } from './documents.ts';
import { type Split, shardKey } from './keys.ts';
import { encodeShard, frameBytes, type SealedShard } from './shard-format.ts';

const mostClips = 8192;
const mostBytes = 32 * 1024 * 1024;

/** Clips in one shard at most: 8192 (10.5 MB of AudioSet's 10 × 128 bytes), fewer where these take over 32 MiB. */
export function clipsPerShard(shape: EmbeddingShape): number {
  return Math.max(1, Math.min(mostClips, Math.floor(mostBytes / frameBytes(1, shape))));
}

/**
 * Writes a shard of at most `clipsPerShard` clips under the hash of its bytes. One that is there already is written
 * again all the same: that makes it young, so that the sweep does not take it for an orphan before it is referenced.
 */
export async function writeSealedShard(
  store: ObjectStore,
  dataset: string,
  split: Split,
  { bytes, clips, labels }: SealedShard,
): Promise<ShardReference> {
  const key = shardKey(dataset, split, createHash('sha256').update(bytes).digest('hex'));
  await store.put(key, bytes, { contentType: 'application/octet-stream' });
  return { key, clips, labels, bytes: bytes.length };
}

/** The same for a table. */
export function writeShard(
  store: ObjectStore,
  dataset: string,
  split: Split,
  table: ClipTable,
): Promise<ShardReference> {
  const { clips, labelIndices } = table;
  const sealed = { bytes: encodeShard(table), clips, labels: labelIndices.length };
  return writeSealedShard(store, dataset, split, sealed);
}
