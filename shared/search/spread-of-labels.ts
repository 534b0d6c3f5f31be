import type { LabelledClips } from '../metrics/labelled-clips.ts';

/**
 * Rows of clips that have as many different labels as can be: in turn one more clip of each label, in the order of the
 * labels, then clips without a label. At most `limit`, none twice.
 */
export function spreadOfLabels(
  { clips, labelOffsets, labelIndices }: LabelledClips,
  limit: number,
): number[] {
  const rowsOf = new Map<number, number[]>();
  const unlabelled: number[] = [];
  for (let row = 0; row < clips; row++) {
    const labels = labelIndices.subarray(labelOffsets[row]!, labelOffsets[row + 1]!);
    if (labels.length === 0) unlabelled.push(row);
    for (const label of labels) {
      const rows = rowsOf.get(label) ?? [];
      rows.push(row);
      rowsOf.set(label, rows);
    }
  }
  const waiting = [...rowsOf].sort(([a], [b]) => a - b).map(([, rows]) => rows.values());
  const chosen = new Set<number>();
  for (let turn = waiting; turn.length > 0 && chosen.size < limit; ) {
    turn = turn.filter((rows) => {
      if (chosen.size >= limit) return false;
      for (const row of rows) {
        if (chosen.has(row)) continue;
        chosen.add(row);
        return true;
      }
      return false;
    });
  }
  return [...chosen, ...unlabelled].slice(0, limit);
}
