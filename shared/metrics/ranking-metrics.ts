import { dPrimeOf } from './d-prime.ts';
import type { LabelledClips } from './labelled-clips.ts';
import { type ClassRanks, createRankCounter, type Ranks } from './rank-counter.ts';

/** Metrics of one label; null where they are undefined: no positive clip, or no other. */
export interface ClassMetrics {
  /** Index in the label list. */
  readonly label: number;
  /** Clips that have the label. */
  readonly positives: number;
  /** Average precision, (0, 1], as scikit-learn's `average_precision_score`. */
  readonly AP: number | null;
  /** Area under the ROC curve, [0, 1], as scikit-learn's `roc_auc_score`. */
  readonly AUC: number | null;
  readonly dPrime: number | null;
}

/** AudioSet's macro metrics: unweighted means over the evaluated classes; NaN when there are none. */
export interface RankingMetrics {
  /** Mean average precision. */
  readonly mAP: number;
  /** Mean area under the ROC curve. */
  readonly AUC: number;
  /** √2 Φ⁻¹(mean AUC), the d-prime that papers on AudioSet report. */
  readonly dPrime: number;
  /** Mean over the classes of √2 Φ⁻¹(AUC of the class): another, higher number. */
  readonly meanClassDPrime: number;
  /** mAP of scores that say nothing (the prior for every clip): the mean share of positives. */
  readonly priorMAP: number;
  /** Classes with a positive clip and another one; the rest is excluded from the means. */
  readonly evaluated: number;
  /** Classes in all. */
  readonly labels: number;
  readonly clips: number;
  readonly classes: readonly ClassMetrics[];
}

/**
 * Exact metrics of a score matrix, ties as in scikit-learn.
 *
 * @param clips which clip has which labels
 * @param labels number of labels, C
 * @param scores `[n, C]` row-major, any finite numbers: only their order counts
 * @throws EarshotError INTERNAL_FAULT when a score is not a number
 */
export function rankingMetrics(clips: LabelledClips, labels: number, scores: Float32Array): RankingMetrics {
  return summarise(rankClips(clips, labels, scores));
}

/** Ranks of a score matrix `[n, C]`. @throws EarshotError INTERNAL_FAULT when a score is not a number */
export function rankClips(clips: LabelledClips, labels: number, scores: Float32Array): Ranks {
  const counter = createRankCounter(clips, labels);
  counter.collectPositives(0, scores);
  counter.countScores(scores);
  return counter.finish();
}

/** Metrics from the ranks of all clips. */
export function summarise({ clips, classes: ranks }: Ranks): RankingMetrics {
  const classes = ranks.map((ranksOfClass, label): ClassMetrics => {
    const { positives } = ranksOfClass;
    const pairs = positives * (clips - positives);
    if (pairs === 0) return { label, positives, AP: null, AUC: null, dPrime: null };
    const { precisionSum, pairsWon } = sumRanks(ranksOfClass, clips);
    const AUC = pairsWon / pairs;
    return { label, positives, AP: precisionSum / positives, AUC, dPrime: dPrimeOf(AUC, pairs) };
  });
  const evaluated = classes.filter(({ AP }) => AP !== null);
  const mean = (of: (metrics: ClassMetrics) => number) =>
    evaluated.reduce((sum, metrics) => sum + of(metrics), 0) / evaluated.length;
  const AUC = mean((metrics) => metrics.AUC!);
  const pairs = evaluated.reduce((sum, { positives }) => sum + positives * (clips - positives), 0);
  return {
    mAP: mean((metrics) => metrics.AP!),
    AUC,
    dPrime: dPrimeOf(AUC, pairs),
    meanClassDPrime: mean((metrics) => metrics.dPrime!),
    priorMAP: mean(({ positives }) => positives / clips),
    evaluated: evaluated.length,
    labels: classes.length,
    clips,
    classes,
  };
}

/** Σ over positives of the precision at their score, and pairs (positive, other) that the positive wins; ties half. */
function sumRanks({ positives, hits, atLeast, equal }: ClassRanks, clips: number) {
  let precisionSum = 0;
  let pairsWon = 0;
  for (let step = 0; step < hits.length; step++) {
    const tied = hits[step]! - (step === 0 ? 0 : hits[step - 1]!);
    precisionSum += (tied * hits[step]!) / atLeast[step]!;
    const othersBelow = clips - positives - (atLeast[step]! - hits[step]!);
    pairsWon += tied * (othersBelow + (equal[step]! - tied) / 2);
  }
  return { precisionSum, pairsWon };
}
