import { crossFit } from '../metrics/cross-fitted.ts';
import { dPrimeInterval } from '../metrics/d-prime.ts';
import { centredInterval } from '../metrics/interval.ts';
import { atPrecision, bestF1 } from '../metrics/thresholds.ts';
import type { Measured, ModelsToAssess } from './assess-models.ts';
import type { ReportedClass } from './schema.ts';

/** Each label with counts, metrics, intervals and thresholds of the new model, and the average precision of the others. */
export function reportClasses(
  { labels, trainCounts, precision, clips, scores }: ModelsToAssess,
  { model, baseline, served }: { model: Measured; baseline: Measured; served: Measured | null },
  confidence: number,
): ReportedClass[] {
  const { classAP, classAUC, mAP } = model.replicates;
  const replicates = mAP.length;
  const fitted = crossFit(clips, labels.length, scores, precision);
  return model.metrics.classes.map(({ label, positives, AP, AUC, dPrime }) => {
    const own = (values: Float32Array, estimate: number | null) =>
      estimate === null
        ? null
        : centredInterval(
            values.subarray(label * replicates, (label + 1) * replicates),
            estimate,
            confidence,
            { low: 0, high: 1 },
          );
    const interval = own(classAUC, AUC);
    const ranks = model.ranks.classes[label]!;
    const { mid, displayName } = labels[label]!;
    return {
      label,
      mid,
      displayName,
      train: trainCounts[label]!,
      eval: positives,
      AP,
      AUC,
      dPrime,
      intervals: {
        AP: own(classAP, AP),
        AUC: interval,
        dPrime: dPrimeInterval(interval, positives * (clips.clips - positives)),
      },
      baselineAP: baseline.metrics.classes[label]!.AP,
      servedAP: served === null ? null : served.metrics.classes[label]!.AP,
      bestF1: AP === null ? null : bestF1(ranks),
      atPrecision: AP === null ? null : atPrecision(ranks, precision),
      crossFitted: AP === null ? null : fitted[label]!,
    };
  });
}
