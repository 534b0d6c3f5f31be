import pMap from 'p-map';
import type { ObjectStore } from '../storage/object-store.ts';
import { clipOfRow, clipTableOf, copyColumns, dtypeOf, emptyColumns } from './clip-rows.ts';
import type { ClipTable } from './clip-table.ts';
import type { Split } from './keys.ts';
import { placesOf, readReferencedShard, readShardColumns, type SplitsOfShards } from './read-shards.ts';

/** Rows of a table that are read together. */
export interface ClipBlock {
  /** Row of the table. */
  readonly first: number;
  readonly clips: number;
}

/** A split whose frames are not in memory (`frames` is empty): block by block they are read when they are needed. */
export interface StreamedClips extends ClipTable {
  /** Ascending, without gaps. */
  readonly blocks: readonly ClipBlock[];
  /** The clips of a block with their frames. @throws OBJECT_MISSING, SHARD_CORRUPT */
  readBlock(block: number): Promise<ClipTable>;
}

export const isStreamed = (table: ClipTable): table is StreamedClips => 'blocks' in table;

const concurrency = 8;

/** A split of a snapshot with all but its frames in memory; a block is a shard. @throws OBJECT_MISSING, SHARD_CORRUPT */
export async function streamSplit(
  store: ObjectStore,
  { splits, shape }: SplitsOfShards,
  split: Split,
): Promise<StreamedClips> {
  const { clips, labels, shards } = splits[split];
  const joined = { ...emptyColumns(0, 0, shape), ...columnsFor(clips, labels) };
  const places = placesOf(shards);
  await pMap(
    places,
    async (place) => {
      const columns = await readShardColumns(store, place.reference, shape);
      copyColumns(columns, joined, place.row, place.label);
    },
    { concurrency },
  );
  return {
    ...joined,
    blocks: places.map(({ row: first, reference }) => ({ first, clips: reference.clips })),
    readBlock: (block) => readReferencedShard(store, shards[block]!, shape),
  };
}

/** All columns but the frames, which would be most of the memory. */
function columnsFor(clips: number, labels: number) {
  const { frames, width, maxFrames, ...columns } = emptyColumns(clips, labels, {
    width: 0,
    maxFrames: 0,
    dtype: 'uint8',
  });
  return columns;
}

/** Some clips of a table with their frames, in a table of their own. @param rows ascending */
export async function heldClips(table: ClipTable, rows: Uint32Array): Promise<ClipTable> {
  const { width, maxFrames } = table;
  const shape = { width, maxFrames, dtype: dtypeOf(table) };
  if (!isStreamed(table))
    return clipTableOf(
      Array.from(rows, (row) => clipOfRow(table, row)),
      shape,
    );
  const clips = [];
  let at = 0;
  for (const [block, { first, clips: count }] of table.blocks.entries()) {
    if (at === rows.length || rows[at]! >= first + count) continue;
    const read = await table.readBlock(block);
    for (; at < rows.length && rows[at]! < first + count; at++)
      clips.push(clipOfRow(read, rows[at]! - first));
  }
  return clipTableOf(clips, shape);
}
