import type { Label } from '../dataset/label-list.ts';
import type { Clip, ServedModel } from './clips.ts';
import type { Selection } from './options.ts';
import type { ScoredClip } from './score-clips.ts';

/** What a request asked and what came of it. */
export interface ScoredRequest {
  readonly model: ServedModel;
  readonly clips: readonly Clip[];
  readonly scored: readonly ScoredClip[];
  readonly selection: Pick<Selection, 'hop' | 'threshold'>;
}

/** Two versions of a model that scored the same clips. */
export interface ComparedPair {
  readonly model: string;
  readonly stable: string;
  readonly candidate: string;
}

/** How the scores of two versions differ on one clip, over the labels that both have. */
export interface ClipDifference {
  /** Mean of |Δ probability|, 0..1. */
  readonly mean: number;
  readonly largest: number;
  /** Whether the most probable label is the same. */
  readonly sameTop1: boolean;
  /** Part of the five most probable labels that both name, 0..1. */
  readonly top5Overlap: number;
  /** Whether another set of labels is at or above the threshold. */
  readonly labelsDiffer: boolean;
}

/** Is told of the shadow traffic; must not throw. */
export interface ShadowObserver {
  onCompared(pair: ComparedPair, clips: readonly ClipDifference[]): void;
  /** A request was not compared: too much waited, or the candidate went away. */
  onSkipped(pair: ComparedPair): void;
  /** The candidate could not score what stable has scored. */
  onFailed(pair: ComparedPair, error: unknown): void;
}

/** Where the caller names no threshold: more likely than not. */
const usualThreshold = 0.5;
const topLabels = 5;

/** Columns of the labels that both models have. */
export interface SharedLabels {
  readonly stable: readonly number[];
  readonly candidate: readonly number[];
}

export function sharedLabels(stable: readonly Label[], candidate: readonly Label[]): SharedLabels {
  const columns = new Map(candidate.map(({ mid, index }) => [mid, index]));
  const shared = stable.filter(({ mid }) => columns.has(mid));
  return {
    stable: shared.map(({ index }) => index),
    candidate: shared.map(({ mid }) => columns.get(mid)!),
  };
}

/**
 * @param stable `[labels]` of the one, and `candidate` of the other model
 * @param threshold the caller's; 0 when none was named
 * @param labels at least one
 */
export function compareScores(
  stable: Float32Array,
  candidate: Float32Array,
  threshold: number,
  labels: SharedLabels,
): ClipDifference {
  const [ours, theirs] = [valuesAt(stable, labels.stable), valuesAt(candidate, labels.candidate)];
  const least = threshold > 0 ? threshold : usualThreshold;
  let [sum, largest, labelsDiffer] = [0, 0, false];
  for (const [i, value] of ours.entries()) {
    const difference = Math.abs(value - theirs[i]!);
    sum += difference;
    largest = Math.max(largest, difference);
    labelsDiffer ||= value >= least !== theirs[i]! >= least;
  }
  const [top, theirTop] = [topOf(ours), topOf(theirs)];
  const both = top.filter((label) => theirTop.includes(label)).length;
  return {
    mean: sum / ours.length,
    largest,
    sameTop1: top[0] === theirTop[0],
    top5Overlap: both / top.length,
    labelsDiffer,
  };
}

const valuesAt = (scores: Float32Array, columns: readonly number[]) =>
  columns.map((column) => scores[column]!);

/** The most probable first; of equal ones in the order of the labels. */
const topOf = (values: readonly number[]): number[] =>
  [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b).slice(0, topLabels);
