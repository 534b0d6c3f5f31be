import type { LabelledClips } from './labelled-clips.ts';

/**
 * Label-weighted label-ranking average precision (DCASE 2019, task 2): the mean over all pairs (clip, label of it) of
 * the precision at that label's rank among the clip's scores; equal scores share the lowest of their ranks. Counts
 * labels, not classes: frequent ones weigh more. scikit-learn's LRAP is the same with clips weighted by their labels.
 *
 * @param scores `[n, C]` row-major
 * @returns in (0, 1]; null when no clip has a label
 */
export function lwlrap(
  { clips, labelOffsets, labelIndices }: LabelledClips,
  labels: number,
  scores: Float32Array,
): number | null {
  let sum = 0;
  for (let clip = 0; clip < clips; clip++) {
    const row = scores.subarray(clip * labels, (clip + 1) * labels);
    const own = labelIndices.subarray(labelOffsets[clip], labelOffsets[clip + 1]);
    for (const label of own) {
      const score = row[label]!;
      let hits = 0;
      for (const other of own) if (row[other]! >= score) hits++;
      let atLeast = 0;
      for (let k = 0; k < labels; k++) if (row[k]! >= score) atLeast++;
      sum += hits / atLeast;
    }
  }
  const pairs = labelOffsets[clips]!;
  return pairs === 0 ? null : sum / pairs;
}
