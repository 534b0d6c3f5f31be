import { clipOfRow, clipTableOf, dtypeOf } from '../../../shared/dataset/clip-rows.ts';
import type { ClipTable } from '../../../shared/dataset/clip-table.ts';
import type { StreamedClips } from '../../../shared/dataset/streamed-clips.ts';

export interface ObservedClips extends StreamedClips {
  /** The blocks that were read so far, in order. */
  readonly reads: number[];
}

/** The table as blocks of the given sizes, whose frames must be read. */
export function streamedTones(table: ClipTable, sizes: readonly number[]): ObservedClips {
  const { width, maxFrames } = table;
  const shape = { width, maxFrames, dtype: dtypeOf(table) };
  const reads: number[] = [];
  let first = 0;
  const blocks = sizes.map((clips) => {
    const block = { first, clips };
    first += clips;
    return block;
  });
  if (first !== table.clips) throw new Error(`the blocks have ${first} clips of ${table.clips}`);
  return {
    ...table,
    frames: table.frames.subarray(0, 0),
    blocks,
    reads,
    async readBlock(block) {
      reads.push(block);
      const { first: from, clips } = blocks[block]!;
      return clipTableOf(
        Array.from({ length: clips }, (_, i) => clipOfRow(table, from + i)),
        shape,
      );
    },
  };
}
