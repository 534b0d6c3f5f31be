import type { DatasetPolicyCode } from './anomaly-rules.ts';
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

/** Clips left out that are listed of each code; their numbers stay exact beyond it. */
const mostListed = 100;

/** What was left out. */
export interface Exclusions {
  /** Code → clips; a code that was not met is absent. */
  readonly counts: Readonly<Partial<Record<DatasetPolicyCode, number>>>;
  /** In the order of the shards and their rows. */
  readonly listed: Snapshot['excluded'];
}

/** Rows of a shard that stay, in their order; `all` when nothing was left out. */
export interface KeptRows {
  readonly rows: readonly number[];
  readonly all: boolean;
}

/**
 * Settles what only the whole dataset shows: a clip with a label outside the list is left out; of the others, one in
 * two files of a split stays where its first key has it, and one in train and eval stays in eval. The first
 * clips left out are listed. The shards must be in ascending order of their files.
 */
export function settleClips(
  shards: readonly SourceShard[],
  labelCount: number,
): { kept: readonly KeptRows[]; excluded: Exclusions } {
  const firstFile = { train: new Map<string, string>(), eval: new Map<string, string>() };
  for (const { split, file, table } of shards) {
    for (const [row, id] of table.ids.entries()) {
      if (firstFile[split].has(id) || unknownLabel(table, row, labelCount) !== undefined) continue;
      firstFile[split].set(id, file);
    }
  }
  const reasonAgainst = ({ split, file, table }: SourceShard, row: number) => {
    const label = unknownLabel(table, row, labelCount);
    if (label !== undefined) {
      return { code: 'LABEL_UNKNOWN', received: `label ${label} of ${labelCount}` } as const;
    }
    const id = table.ids[row]!;
    const first = firstFile[split].get(id)!;
    if (first !== file) return { code: 'DUPLICATE_CLIP', received: `also in ${first}` } as const;
    const leak = split === 'train' ? firstFile.eval.get(id) : undefined;
    return leak === undefined ? null : ({ code: 'LEAKED_CLIP', received: `also in ${leak}` } as const);
  };
  const listed: Snapshot['excluded'] = [];
  const counts: Partial<Record<DatasetPolicyCode, number>> = {};
  const kept = shards.map((shard) => {
    const rows: number[] = [];
    for (const [row, clip] of shard.table.ids.entries()) {
      const reason = reasonAgainst(shard, row);
      if (reason === null) {
        rows.push(row);
        continue;
      }
      const count = (counts[reason.code] ?? 0) + 1;
      counts[reason.code] = count;
      if (count <= mostListed) listed.push({ ...reason, clip, split: shard.split, file: shard.file });
    }
    return { rows, all: rows.length === shard.table.clips };
  });
  return { kept, excluded: { counts, listed } };
}

/** The first label of a clip that is outside the list. */
function unknownLabel(table: SourceShard['table'], row: number, labelCount: number): number | undefined {
  const labels = table.labelIndices.subarray(table.labelOffsets[row], table.labelOffsets[row + 1]);
  return labels.find((label) => label >= labelCount);
}
