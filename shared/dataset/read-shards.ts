import pMap from 'p-map';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { copyTable, dtypeOf, type EmbeddingShape, emptyColumns } from './clip-rows.ts';
import type { ClipTable } from './clip-table.ts';
import { type ShardReference, type Snapshot, snapshotSchema } from './documents.ts';
import type { Split } from './keys.ts';
import {
  clipFramesRange,
  decodeShard,
  decodeShardColumns,
  framesStart,
  type ShardColumns,
} from './shard-format.ts';

const concurrency = 8;

/** @throws OBJECT_MISSING, SHARD_CORRUPT */
export async function readShard(store: ObjectStore, key: string): Promise<ClipTable> {
  const object = await store.get(key);
  if (object === null) throw new EarshotError('OBJECT_MISSING', { file: key });
  return decodeShard(object.bytes, key);
}

/** A shard without its frames, which are not even fetched. @throws OBJECT_MISSING, SHARD_CORRUPT */
export async function readShardColumns(
  store: ObjectStore,
  { key, bytes, clips }: ShardReference,
  shape: EmbeddingShape,
): Promise<ShardColumns> {
  const range = { start: 0, end: framesStart(bytes, clips, shape) - 1 };
  const object = await store.get(key, { range });
  if (object === null) throw new EarshotError('OBJECT_MISSING', { file: key });
  return decodeShardColumns(object.bytes, key);
}

/**
 * The frames of one clip of a shard, `[frameCount, width]`. Only they are fetched, so the checksum over all frames of the
 * shard is not compared. @throws OBJECT_MISSING
 */
export async function readClipFrames(
  store: ObjectStore,
  { key, bytes, clips }: ShardReference,
  shape: EmbeddingShape,
  clip: { readonly row: number; readonly frameCount: number },
): Promise<ClipTable['frames']> {
  const object = await store.get(key, { range: clipFramesRange(bytes, clips, shape, clip) });
  if (object === null) throw new EarshotError('OBJECT_MISSING', { file: key });
  // In memory of its own, on whose border floats may lie.
  const frames = Uint8Array.from(object.bytes);
  return shape.dtype === 'uint8' ? frames : new Float32Array(frames.buffer);
}

/** @throws OBJECT_MISSING, DOCUMENT_CORRUPT */
export async function readSnapshot(store: ObjectStore, key: string): Promise<Snapshot> {
  const read = await readJson(store, key, snapshotSchema, 'DOCUMENT_CORRUPT');
  if (read === null) throw new EarshotError('OBJECT_MISSING', { file: key });
  return read.value;
}

/** What of a snapshot says where its clips are. */
export type SplitsOfShards = Pick<Snapshot, 'splits' | 'shape'>;

/** Where the rows and labels of each shard begin when the shards lie one behind the other. */
export function placesOf(shards: readonly ShardReference[]) {
  let row = 0;
  let label = 0;
  return shards.map((reference) => {
    const place = { reference, row, label };
    row += reference.clips;
    label += reference.labels;
    return place;
  });
}

/** All clips of one split of a snapshot, in memory once, also for threads. @throws OBJECT_MISSING, SHARD_CORRUPT */
export async function readSplit(
  store: ObjectStore,
  snapshot: SplitsOfShards,
  split: Split,
): Promise<ClipTable> {
  const { clips, labels, shards } = snapshot.splits[split];
  const joined = emptyColumns(clips, labels, snapshot.shape, 'shared');
  await pMap(
    placesOf(shards),
    async (place) => {
      const table = await readReferencedShard(store, place.reference, snapshot.shape);
      copyTable(table, joined, place.row, place.label);
    },
    { concurrency },
  );
  return joined;
}

/** @throws OBJECT_MISSING; SHARD_CORRUPT also when it is not the shard that the reference means */
export async function readReferencedShard(
  store: ObjectStore,
  reference: ShardReference,
  shape: EmbeddingShape,
): Promise<ClipTable> {
  const table = await readShard(store, reference.key);
  expectReferenced(table, reference, shape);
  return table;
}

function expectReferenced(table: ClipTable, reference: ShardReference, shape: EmbeddingShape): void {
  const describe = (clips: number, labels: number, { width, maxFrames, dtype }: EmbeddingShape) =>
    `${clips} clips of ${maxFrames} × ${width} ${dtype} with ${labels} labels`;
  const expected = describe(reference.clips, reference.labels, shape);
  const { width, maxFrames } = table;
  const actual = { width, maxFrames, dtype: dtypeOf(table) };
  const received = describe(table.clips, table.labelIndices.length, actual);
  if (expected === received) return;
  throw new EarshotError('SHARD_CORRUPT', { file: reference.key, expected, received });
}
