import { labelListKey } from '../dataset/keys.ts';
import type { SourceShard } from '../dataset/settle-clips.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** Labels that clips have and the label list does not: left out until a list names them. */
export interface LateLabels {
  /** Key of the dataset's own label list; null while AudioSet's stands in. */
  readonly list: string | null;
  /** Clips that wait for it. */
  readonly clips: number;
  /** How many indices are missing. */
  readonly indices: number;
  /** The highest of them: the list needs as many rows and one more. */
  readonly highest: number | null;
  /** The most frequent ones. */
  readonly most: readonly { readonly index: number; readonly clips: number }[];
}

const mostListed = 20;

export async function findLateLabels(
  store: ObjectStore,
  dataset: string,
  shards: readonly SourceShard[],
  labelCount: number,
): Promise<LateLabels> {
  const clipsOf = new Map<number, number>();
  let clips = 0;
  for (const { table } of shards) {
    for (let row = 0; row < table.clips; row++) {
      const labels = table.labelIndices.subarray(table.labelOffsets[row], table.labelOffsets[row + 1]);
      const unknown = labels.filter((label) => label >= labelCount);
      if (unknown.length > 0) clips++;
      for (const label of unknown) clipsOf.set(label, (clipsOf.get(label) ?? 0) + 1);
    }
  }
  const key = labelListKey(dataset);
  const sorted = [...clipsOf].sort(([a, x], [b, y]) => y - x || a - b);
  return {
    list: (await store.head(key)) === null ? null : key,
    clips,
    indices: sorted.length,
    highest: sorted.length === 0 ? null : Math.max(...clipsOf.keys()),
    most: sorted.slice(0, mostListed).map(([index, count]) => ({ index, clips: count })),
  };
}
