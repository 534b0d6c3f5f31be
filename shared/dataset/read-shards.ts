import pMap from 'p-map';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { concatTables } from './clip-rows.ts';
import type { ClipTable } from './clip-table.ts';
import { type Snapshot, snapshotSchema } from './documents.ts';
import type { Split } from './keys.ts';
import { decodeShard } from './shard-format.ts';

const concurrency = 8;

/** @throws OBJECT_MISSING, SHARD_CORRUPT */
export async function readShard(store: ObjectStore, key: string): Promise<ClipTable> {
  const object = await store.get(key);
  if (object === null) throw new EarshotError('OBJECT_MISSING', { file: key });
  return decodeShard(object.bytes, key);
}

/** @throws OBJECT_MISSING, SHARD_CORRUPT */
export async function readSnapshot(store: ObjectStore, key: string): Promise<Snapshot> {
  const read = await readJson(store, key, snapshotSchema, 'SHARD_CORRUPT');
  if (read === null) throw new EarshotError('OBJECT_MISSING', { file: key });
  return read.value;
}

/** All clips of one split of a snapshot, in memory once. */
export async function readSplit(store: ObjectStore, snapshot: Snapshot, split: Split): Promise<ClipTable> {
  const references = snapshot.splits[split].shards;
  const tables = await pMap(references, ({ key }) => readShard(store, key), { concurrency });
  return tables.length === 1 ? tables[0]! : concatTables(tables, snapshot.shape);
}
