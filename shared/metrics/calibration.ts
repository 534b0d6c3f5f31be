import { EarshotError } from '../errors/earshot-error.ts';
import type { LabelledClips } from './labelled-clips.ts';

/** Narrow where most probabilities of rare labels are. */
const reliabilityEdges: readonly number[] = [
  0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
];

export interface ReliabilityBin {
  /** Probabilities from `low` up to, not including, `high`; the last bin includes 1. */
  readonly low: number;
  readonly high: number;
  /** Pairs (clip, label) with such a probability. */
  readonly count: number;
  /** Mean of their probabilities; null when there are none. */
  readonly predicted: number | null;
  /** Share of them that are true; null when there are none. */
  readonly observed: number | null;
}

/** How far probabilities can be believed, over all pairs (clip, label). */
export interface Calibration {
  readonly bins: ReliabilityBin[];
  /** Expected calibration error: mean distance between predicted and observed, bins weighted by their pairs. */
  readonly ECE: number;
  /** Mean squared distance between the probability and 0 or 1. */
  readonly brier: number;
}

/**
 * @param scores `[n, C]` row-major probabilities
 * @param edges of the bins, ascending from 0 to 1
 * @throws EarshotError INTERNAL_FAULT when a score is not in [0, 1]
 */
export function calibrate(
  { clips, labelOffsets, labelIndices }: LabelledClips,
  labels: number,
  scores: Float32Array,
  edges: readonly number[] = reliabilityEdges,
): Calibration {
  const bins = edges.length - 1;
  const upper = Float64Array.from(edges.slice(1, -1));
  const counts = new Float64Array(bins);
  const sums = new Float64Array(bins);
  const hits = new Float64Array(bins);
  let squares = 0;
  const binOf = (score: number) => {
    let bin = 0;
    while (bin < bins - 1 && score >= upper[bin]!) bin++;
    return bin;
  };
  for (let at = 0; at < scores.length; at++) {
    const score = scores[at]!;
    if (!(score >= 0 && score <= 1)) throw notAProbability(score);
    const bin = binOf(score);
    counts[bin]!++;
    sums[bin]! += score;
    squares += score * score;
  }
  for (let clip = 0; clip < clips; clip++) {
    for (let i = labelOffsets[clip]!; i < labelOffsets[clip + 1]!; i++) {
      const score = scores[clip * labels + labelIndices[i]!]!;
      hits[binOf(score)]!++;
      // (1 - p)² instead of the p² that was added above.
      squares += 1 - 2 * score;
    }
  }
  let error = 0;
  for (let bin = 0; bin < bins; bin++) error += Math.abs(sums[bin]! - hits[bin]!);
  return {
    bins: Array.from(counts, (count, bin) => ({
      low: edges[bin]!,
      high: edges[bin + 1]!,
      count,
      predicted: count === 0 ? null : sums[bin]! / count,
      observed: count === 0 ? null : hits[bin]! / count,
    })),
    ECE: error / scores.length,
    brier: squares / scores.length,
  };
}

function notAProbability(score: number): EarshotError {
  return new EarshotError('INTERNAL_FAULT', { field: 'score', expected: '0 to 1', received: `${score}` });
}
