import type { Interval } from './interval.ts';
import { inverseNormal } from './inverse-normal.ts';

/**
 * d′ = √2 Φ⁻¹(AUC). An AUC of exactly 0 or 1 would give infinity, so it counts as half a pair away
 * from it, the usual correction (Macmillan and Kaplan 1985).
 *
 * @param auc in [0, 1]
 * @param pairs (positive, other) pairs behind the AUC
 */
export function dPrimeOf(auc: number, pairs: number): number {
  const margin = 0.5 / pairs;
  return Math.SQRT2 * inverseNormal(Math.min(Math.max(auc, margin), 1 - margin));
}

/** d-prime rises with the AUC, so its interval ends where that of the AUC does. */
export function dPrimeInterval(ofAUC: Interval | null, pairs: number): Interval | null {
  return ofAUC && { low: dPrimeOf(ofAUC.low, pairs), high: dPrimeOf(ofAUC.high, pairs) };
}
