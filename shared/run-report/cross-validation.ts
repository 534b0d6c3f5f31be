import { bootstrapMetrics } from '../metrics/bootstrap.ts';
import { crossFit } from '../metrics/cross-fitted.ts';
import { centredInterval } from '../metrics/interval.ts';
import type { LabelledClips } from '../metrics/labelled-clips.ts';
import { rankClips, summarise } from '../metrics/ranking-metrics.ts';
import { atPrecision, bestF1 } from '../metrics/thresholds.ts';
import type { OutOfFold } from '../training/cross-validate.ts';
import type { CrossValidated } from './schema.ts';

export interface ToAssess {
  /** The training clips. */
  readonly clips: LabelledClips;
  readonly labels: readonly { readonly mid: string; readonly displayName: string }[];
  /** By growing shares, the last 1. */
  readonly outOfFold: readonly OutOfFold[];
  readonly folds: number;
  /** Precision to find thresholds for, in (0, 1]. */
  readonly precision: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

const replicates = 500;
const confidence = 0.95;

/**
 * Metrics of the scores out of fold, thresholds chosen on them, and how much twice the clips bring.
 * @throws EarshotError INTERNAL_FAULT when a score is no number; the signal's reason when it aborts
 */
export async function assessOutOfFold(given: ToAssess): Promise<CrossValidated> {
  const { clips, labels, outOfFold, folds, precision, seed, signal } = given;
  const matrices = outOfFold.map(({ scores }) => scores);
  const draws = await bootstrapMetrics(clips, labels.length, matrices, { replicates, seed, signal });
  const points = outOfFold.map(({ share, clips: count, scores }, i) => {
    const ranks = rankClips(clips, labels.length, scores);
    const { mAP, AUC, classes } = summarise(ranks);
    const interval = centredInterval(draws[i]!.mAP, mAP, confidence, { low: 0, high: 1 });
    return { share, clips: Math.round(count), mAP, AUC, interval, ranks, classes, draws: draws[i]!.mAP };
  });
  const last = points.at(-1)!;
  const half = points.find(({ share }) => share === last.share / 2);
  const fitted = crossFit(clips, labels.length, outOfFold.at(-1)!.scores, precision);
  return {
    folds,
    clips: clips.clips,
    mAP: last.mAP,
    AUC: last.AUC,
    interval: last.interval,
    curve: points.map(({ share, clips: count, mAP, AUC, interval }) => ({
      share,
      clips: count,
      mAP,
      AUC,
      interval,
    })),
    doubling:
      half === undefined
        ? null
        : {
            mAP: last.mAP - half.mAP,
            interval: centredInterval(
              last.draws.map((mAP, i) => mAP - half.draws[i]!),
              last.mAP - half.mAP,
              confidence,
              { low: -1, high: 1 },
            ),
          },
    precision,
    classes: last.classes.map(({ label, positives, AP }) => ({
      label,
      mid: labels[label]!.mid,
      displayName: labels[label]!.displayName,
      clips: positives,
      AP,
      bestF1: AP === null ? null : bestF1(last.ranks.classes[label]!),
      atPrecision: AP === null ? null : atPrecision(last.ranks.classes[label]!, precision),
      crossFitted: AP === null ? null : fitted[label]!,
    })),
  };
}

/** Less than this is no gain that anyone would collect clips for. */
const worthwhile = 0.01;

/** Whether more clips would help, as far as the learning curve tells. */
export function learningSentence({ doubling }: Pick<CrossValidated, 'doubling'>): string | null {
  if (doubling === null || doubling.interval === null) return null;
  const { low, high } = doubling.interval;
  const measured = `twice the clips changed mAP by ${signed(doubling.mAP)} (${signed(low)} to ${signed(high)})`;
  if (low > 0) return `More clips should help: mAP is still rising, as ${measured}.`;
  if (high < worthwhile) return `More clips of the same kind would hardly help: ${measured}.`;
  return `Whether more clips would help cannot be told from so few: ${measured}.`;
}

const signed = (value: number) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
