import type { ClipTable } from './clip-table.ts';
import type { Snapshot } from './documents.ts';
import type { Split } from './keys.ts';

/** A shard of one source, as read for the snapshot. */
export interface SourceShard {
  readonly split: Split;
  /** Key of the uploaded file. */
  readonly file: string;
  readonly table: Pick<ClipTable, 'clips' | 'ids' | 'labelOffsets' | 'labelIndices'>;
}

/** Rows of a shard that stay, in their order; `all` when nothing was left out. */
export interface KeptRows {
  readonly rows: readonly number[];
  readonly all: boolean;
}

/**
 * Settles what only the whole dataset shows: a clip id in two files of a split stays where its first key has it; one
 * in train and eval stays in eval; a clip with a label outside the list is left out. Every clip left out is listed.
 */
export function settleClips(
  shards: readonly SourceShard[],
  labelCount: number,
): { kept: readonly KeptRows[]; excluded: Snapshot['excluded'] } {
  const excluded: Snapshot['excluded'] = [];
  const firstFile = { train: new Map<string, string>(), eval: new Map<string, string>() };
  for (const { split, file, table } of shards) {
    for (const id of table.ids) if (!firstFile[split].has(id)) firstFile[split].set(id, file);
  }
  const reasonAgainst = (shard: SourceShard, row: number) => {
    const { split, file, table } = shard;
    const id = table.ids[row]!;
    const first = firstFile[split].get(id)!;
    if (first !== file) return { code: 'DUPLICATE_CLIP', received: `also in ${first}` } as const;
    const leak = split === 'train' ? firstFile.eval.get(id) : undefined;
    if (leak !== undefined) return { code: 'LEAKED_CLIP', received: `also in ${leak}` } as const;
    for (let i = table.labelOffsets[row]!; i < table.labelOffsets[row + 1]!; i++) {
      const label = table.labelIndices[i]!;
      if (label >= labelCount) {
        return { code: 'LABEL_UNKNOWN', received: `label ${label} of ${labelCount}` } as const;
      }
    }
    return null;
  };
  const kept = shards.map((shard) => {
    const rows: number[] = [];
    for (let row = 0; row < shard.table.clips; row++) {
      const reason = reasonAgainst(shard, row);
      if (reason === null) rows.push(row);
      else excluded.push({ ...reason, clip: shard.table.ids[row]!, split: shard.split, file: shard.file });
    }
    return { rows, all: rows.length === shard.table.clips };
  });
  return { kept, excluded };
}
