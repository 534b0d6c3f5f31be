import { setImmediate as nextTurn } from 'node:timers/promises';
import { drawClips } from './clip-draws.ts';
import type { LabelledClips } from './labelled-clips.ts';
import { type RankedClips, rankedClips } from './ranked-clips.ts';
import { createRankSums, type RankSums } from './weighted-rank-sums.ts';

export interface BootstrapOptions {
  readonly replicates: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** Metrics of one model in each replicate; NaN where they are undefined. */
export interface Replicates {
  /** `[replicates]` means over the classes that have a positive and another clip in the replicate. */
  readonly mAP: Float64Array;
  readonly AUC: Float64Array;
  /** `[C, replicates]` */
  readonly classAP: Float32Array;
  readonly classAUC: Float32Array;
}

/**
 * Exact metrics, ties as in scikit-learn, of models on clips drawn with replacement. The models share the draws, and so
 * do all classes: differences between models are paired, and means have the covariance of the classes.
 *
 * @param models scores `[n, C]` of each model
 * @throws EarshotError INTERNAL_FAULT when a score is not a number; the signal's reason when it aborts
 */
export async function bootstrapMetrics(
  table: LabelledClips,
  labels: number,
  models: readonly Float32Array[],
  { replicates, seed, signal }: BootstrapOptions,
): Promise<Replicates[]> {
  const draws = drawClips(table.clips, replicates, seed);
  const sums = createRankSums(draws, table.clips);
  const ranked = models.map((scores) => rankedClips(table, labels, scores));
  const results = models.map(
    (): Replicates => ({
      mAP: new Float64Array(replicates),
      AUC: new Float64Array(replicates),
      classAP: new Float32Array(labels * replicates),
      classAUC: new Float32Array(labels * replicates),
    }),
  );
  for (let first = 0; first < replicates; first += draws.lanes) {
    const packed = draws.batch(first);
    for (const [i, classes] of ranked.entries())
      record(results[i]!, replicates, first, classes, packed, sums);
    // Seconds on large sets: the job answers signals and writes its heartbeat meanwhile.
    await nextTurn();
    signal?.throwIfAborted();
  }
  return results;
}

function record(
  result: Replicates,
  replicates: number,
  first: number,
  classes: readonly (RankedClips | null)[],
  packed: Float64Array,
  sums: RankSums,
): void {
  const lanes = Math.min(sums.AP.length, replicates - first);
  const totals = Array.from({ length: lanes }, () => ({ AP: 0, AUC: 0, count: 0 }));
  for (const [k, ranked] of classes.entries()) {
    if (ranked === null) sums.clear();
    else sums.add(ranked, packed);
    for (const [lane, total] of totals.entries()) {
      const AP = sums.AP[lane]!;
      const AUC = sums.AUC[lane]!;
      result.classAP[k * replicates + first + lane] = AP;
      result.classAUC[k * replicates + first + lane] = AUC;
      if (Number.isNaN(AP)) continue;
      total.AP += AP;
      total.AUC += AUC;
      total.count++;
    }
  }
  for (const [lane, { AP, AUC, count }] of totals.entries()) {
    result.mAP[first + lane] = AP / count;
    result.AUC[first + lane] = AUC / count;
  }
}
