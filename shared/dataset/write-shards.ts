import { createHash } from 'node:crypto';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ClipTable } from './clip-table.ts';
import type { ShardReference } from './documents.ts';
import { type Split, shardKey } from './keys.ts';
import { encodeShard } from './shard-format.ts';

/** Clips in one shard at most: 10.5 MB of 10 × 128 bytes. */
export const clipsPerShard = 8192;

/** Writes a table of at most `clipsPerShard` clips under the hash of its bytes; writing it again changes nothing. */
export async function writeShard(
  store: ObjectStore,
  dataset: string,
  split: Split,
  table: ClipTable,
): Promise<ShardReference> {
  const bytes = encodeShard(table);
  const key = shardKey(dataset, split, createHash('sha256').update(bytes).digest('hex'));
  await store.put(key, bytes, { ifAbsent: true, contentType: 'application/octet-stream' });
  return { key, clips: table.clips, labels: table.labelIndices.length, bytes: bytes.length };
}
