import { dPrimeOf } from './d-prime.ts';
import { createRankCounter, type LabelledClips, type RankSums } from './rank-counter.ts';

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
  const counter = createRankCounter(clips, labels);
  counter.collectPositives(0, scores);
  counter.countScores(scores);
  return summarise(counter.finish());
}

/** Metrics from the rank counts of all clips. */
export function summarise({ clips, classes: sums }: RankSums): RankingMetrics {
  const classes = sums.map(({ positives, precisionSum, pairsWon }, label): ClassMetrics => {
    const pairs = positives * (clips - positives);
    if (pairs === 0) return { label, positives, AP: null, AUC: null, dPrime: null };
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
