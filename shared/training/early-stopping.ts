import type { EarlyStopping } from './training-options.ts';
import type { BestSoFar, CurvePoint, TrainingState } from './training-state.ts';

/**
 * What is best after a point of the curve: the weights of that point if its metric gains on the best so far, else
 * those with one more evaluation without a gain. The first point is the best one so far.
 */
export function bestAfter(
  { metric, mode, minDelta }: EarlyStopping,
  best: BestSoFar | null,
  point: CurvePoint & { readonly validation: NonNullable<CurvePoint['validation']> },
  weights: ReadonlyMap<string, Float32Array>,
): BestSoFar {
  const value = point.validation[metric];
  const gain =
    best === null ? Number.POSITIVE_INFINITY : mode === 'max' ? value - best.value : best.value - value;
  if (best !== null && !(gain > minDelta)) return { ...best, evaluationsSince: best.evaluationsSince + 1 };
  const copies = new Map([...weights].map(([name, values]) => [name, values.slice()]));
  return { step: point.step, value, evaluationsSince: 0, weights: copies };
}

/** Whether the run has gone on for long enough without a gain. */
export function isExhausted(settings: EarlyStopping | null, { best }: Pick<TrainingState, 'best'>): boolean {
  return settings !== null && best !== null && best.evaluationsSince >= settings.patience;
}
