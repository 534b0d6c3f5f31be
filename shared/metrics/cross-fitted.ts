import type { LabelledClips } from './labelled-clips.ts';
import type { ClassRanks } from './rank-counter.ts';
import { rankClips } from './ranking-metrics.ts';
import { atPrecision, bestF1, type OperatingPoint } from './thresholds.ts';

/** What thresholds give on clips that they were not chosen on. */
export interface CrossFitted {
  /** Null when nothing is called. */
  readonly precision: number | null;
  readonly recall: number;
  readonly F1: number;
}

/** Of a class whose positives lie in both halves of the clips; else null. */
export interface CrossFittedClass {
  readonly bestF1: CrossFitted;
  /** Where no threshold had the precision, nothing is called. */
  readonly atPrecision: CrossFitted;
}

/**
 * Every other clip is one half, the rest the other. Each half is called by the threshold that was chosen on the other
 * one, and the calls of both are counted together (two-fold cross-fitting): chosen and measured on the same clips,
 * thresholds of rare labels look better than they are.
 *
 * @param scores `[n, C]`
 * @param precision in (0, 1]
 * @throws EarshotError INTERNAL_FAULT when a score is not a number
 */
export function crossFit(
  table: LabelledClips,
  labels: number,
  scores: Float32Array,
  precision: number,
): (CrossFittedClass | null)[] {
  const halves = [0, 1].map((parity) => halfOf(table, labels, scores, parity));
  const ranks = halves.map((half) => rankClips(half.table, labels, half.scores).classes);
  return Array.from({ length: labels }, (_, k) => {
    const [even, odd] = [ranks[0]![k]!, ranks[1]![k]!];
    if (even.positives === 0 || odd.positives === 0) return null;
    const measured = (choose: (ranks: ClassRanks) => OperatingPoint | null) =>
      together(
        [
          callsAt(choose(odd), even, halves[0]!.scores, labels, k),
          callsAt(choose(even), odd, halves[1]!.scores, labels, k),
        ],
        even.positives + odd.positives,
      );
    return { bestF1: measured(bestF1), atPrecision: measured((of) => atPrecision(of, precision)) };
  });
}

function halfOf(table: LabelledClips, labels: number, scores: Float32Array, parity: number) {
  const rows = Array.from({ length: (table.clips + 1 - parity) >> 1 }, (_, i) => 2 * i + parity);
  const labelOffsets = new Uint32Array(rows.length + 1);
  const indices: number[] = [];
  const own = new Float32Array(rows.length * labels);
  for (const [i, row] of rows.entries()) {
    indices.push(...table.labelIndices.subarray(table.labelOffsets[row]!, table.labelOffsets[row + 1]!));
    labelOffsets[i + 1] = indices.length;
    own.set(scores.subarray(row * labels, (row + 1) * labels), i * labels);
  }
  return {
    table: { clips: rows.length, labelOffsets, labelIndices: Uint16Array.from(indices) },
    scores: own,
  };
}

interface Calls {
  readonly called: number;
  readonly hits: number;
}

/** Clips of a half whose score is at least the threshold, and positives among them. */
function callsAt(
  point: OperatingPoint | null,
  { thresholds, hits }: ClassRanks,
  scores: Float32Array,
  labels: number,
  k: number,
): Calls {
  if (point === null) return { called: 0, hits: 0 };
  let called = 0;
  for (let at = k; at < scores.length; at += labels) if (scores[at]! >= point.threshold) called++;
  const last = thresholds.findLastIndex((score) => score >= point.threshold);
  return { called, hits: last < 0 ? 0 : hits[last]! };
}

function together(halves: readonly Calls[], positives: number): CrossFitted {
  const called = halves.reduce((sum, half) => sum + half.called, 0);
  const hits = halves.reduce((sum, half) => sum + half.hits, 0);
  return {
    precision: called === 0 ? null : hits / called,
    recall: hits / positives,
    F1: (2 * hits) / (called + positives),
  };
}
