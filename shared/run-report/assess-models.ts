import { bootstrapMetrics, type Replicates } from '../metrics/bootstrap.ts';
import { calibrate } from '../metrics/calibration.ts';
import { dPrimeInterval } from '../metrics/d-prime.ts';
import { centredInterval } from '../metrics/interval.ts';
import type { LabelledClips } from '../metrics/labelled-clips.ts';
import { lwlrap } from '../metrics/lwlrap.ts';
import type { Ranks } from '../metrics/rank-counter.ts';
import { type RankingMetrics, rankClips, summarise } from '../metrics/ranking-metrics.ts';
import { reportClasses } from './report-classes.ts';
import type { Assessment, Compared, ModelMetrics } from './schema.ts';

export interface ModelsToAssess {
  /** The eval clips. */
  readonly clips: LabelledClips;
  readonly labels: readonly { readonly mid: string; readonly displayName: string }[];
  /** Training clips of each label. */
  readonly trainCounts: Uint32Array;
  /** Probabilities `[clips, labels]` of the new model, of the baseline and of the served one. */
  readonly scores: Float32Array;
  readonly baseline: { readonly scores: Float32Array; readonly steps: number; readonly decay: number };
  readonly served: { readonly scores: Float32Array; readonly version: string } | null;
  /** Precision to find thresholds for, in (0, 1]. */
  readonly precision: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** Enough for the ends of a 95 % interval to be stable in their second digit. */
const replicates = 500;
const confidence = 0.95;
/** Average precision and AUC lie in it. */
const share = { low: 0, high: 1 };

/** One model's exact metrics and its bootstrap replicates. */
export interface Measured {
  readonly ranks: Ranks;
  readonly metrics: RankingMetrics;
  readonly replicates: Replicates;
}

/**
 * Measures the new model, the baseline and the served model on the same clips, with intervals from the same draws.
 * @throws EarshotError INTERNAL_FAULT when a score is no probability; the signal's reason when it aborts
 */
export async function assessModels(models: ModelsToAssess): Promise<Assessment> {
  const { clips, scores, baseline, served, precision, seed, signal } = models;
  const labels = models.labels.length;
  const matrices = [scores, baseline.scores, ...(served === null ? [] : [served.scores])];
  const draws = await bootstrapMetrics(clips, labels, matrices, { replicates, seed, signal });
  const [model, linear, stable] = matrices.map((matrix, i): Measured => {
    const ranks = rankClips(clips, labels, matrix);
    return { ranks, metrics: summarise(ranks), replicates: draws[i]! };
  }) as [Measured, Measured, Measured?];
  return {
    model: modelMetrics(model, lwlrap(clips, labels, scores)),
    baseline: {
      ...compare(model, linear, lwlrap(clips, labels, baseline.scores)),
      steps: baseline.steps,
      decay: baseline.decay,
    },
    served: served && {
      ...compare(model, stable!, lwlrap(clips, labels, served.scores)),
      version: served.version,
    },
    bootstrap: { replicates, confidence, seed },
    precision,
    classes: reportClasses(models, { model, baseline: linear, served: stable ?? null }, confidence),
    calibration: calibrate(clips, labels, scores),
  };
}

function modelMetrics({ metrics, replicates }: Measured, labelWeighted: number | null): ModelMetrics {
  const { mAP, AUC, dPrime, meanClassDPrime, clips, classes } = metrics;
  const pairs = classes.reduce((sum, { positives }) => sum + positives * (clips - positives), 0);
  const interval = centredInterval(replicates.AUC, AUC, confidence, share);
  return {
    mAP,
    AUC,
    dPrime,
    meanClassDPrime,
    lwlrap: labelWeighted,
    intervals: {
      mAP: centredInterval(replicates.mAP, mAP, confidence, share),
      AUC: interval,
      dPrime: dPrimeInterval(interval, pairs),
    },
  };
}

function compare(model: Measured, other: Measured, labelWeighted: number | null): Compared {
  const differences = model.replicates.mAP.map((mAP, i) => mAP - other.replicates.mAP[i]!);
  const difference = model.metrics.mAP - other.metrics.mAP;
  return {
    ...modelMetrics(other, labelWeighted),
    difference: {
      mAP: difference,
      interval: centredInterval(differences, difference, confidence, { low: -1, high: 1 }),
    },
  };
}
