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
