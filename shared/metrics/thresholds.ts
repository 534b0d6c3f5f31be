import type { ClassRanks } from './rank-counter.ts';

/** What calling a clip positive from a score on gives. */
export interface OperatingPoint {
  /** The clip has the label when its score is at least this; always the score of a positive. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly F1: number;
}

/** The threshold with the highest F1, of several the highest; null for a class without positives. */
export function bestF1(ranks: ClassRanks): OperatingPoint | null {
  let best: OperatingPoint | null = null;
  for (let step = 0; step < ranks.hits.length; step++) {
    const point = operatingPoint(ranks, step);
    if (best === null || point.F1 > best.F1) best = point;
  }
  return best;
}

/**
 * The threshold with the highest recall of those with at least this precision; null when there is none.
 * @param precision in (0, 1]
 */
export function atPrecision(ranks: ClassRanks, precision: number): OperatingPoint | null {
  for (let step = ranks.hits.length - 1; step >= 0; step--) {
    const point = operatingPoint(ranks, step);
    if (point.precision >= precision) return point;
  }
  return null;
}

function operatingPoint({ positives, thresholds, hits, atLeast }: ClassRanks, step: number): OperatingPoint {
  const [found, called] = [hits[step]!, atLeast[step]!];
  return {
    threshold: thresholds[step]!,
    precision: found / called,
    recall: found / positives,
    F1: (2 * found) / (called + positives),
  };
}
