import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ClipTable } from '../dataset/clip-table.ts';
import type { Tf } from '../engine/engine.ts';
import type { LabelledClips } from '../metrics/labelled-clips.ts';
import { type RankingMetrics, rankingMetrics } from '../metrics/ranking-metrics.ts';
import { createClassifier } from '../model/classifier.ts';
import type { ServedSpec } from '../model/ensemble.ts';
import { asServed } from '../model/fold.ts';
import type { Preprocessing } from '../model/preprocessing.ts';
import type { Weights } from '../model/weights.ts';
import { framesOf } from './batch.ts';
import type { ValidationPoint } from './training-state.ts';

const clipsPerTurn = 256;

export interface EvaluationOptions {
  readonly tf: Tf;
  readonly spec: ServedSpec;
  readonly weights: Weights;
  readonly preprocessing: Preprocessing;
  readonly table: ClipTable;
  /** Rows of the table to evaluate on. */
  readonly rows: Uint32Array;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Metrics of a model in training, folded and scored exactly as it would be served.
 *
 * @throws the signal's reason when it aborts
 */
export async function evaluate(options: EvaluationOptions): Promise<RankingMetrics> {
  const { table, rows, spec } = options;
  const scores = await scoreRows(options);
  return rankingMetrics(labelsOf(table, rows), spec.labels, scores);
}

/**
 * A point of the curve; null when there is nothing to measure with.
 *
 * @throws the signal's reason when it aborts
 */
export async function validationPoint(options: EvaluationOptions): Promise<ValidationPoint | null> {
  const { table, rows, spec } = options;
  if (rows.length === 0) return null;
  const scores = await scoreRows(options);
  const labels = labelsOf(table, rows);
  const { evaluated, mAP, AUC, dPrime } = rankingMetrics(labels, spec.labels, scores);
  return evaluated === 0 ? null : { mAP, AUC, dPrime, loss: meanCrossEntropy(labels, scores) };
}

/** Of probabilities `[clips, labels]`. */
function meanCrossEntropy(
  { clips, labelOffsets, labelIndices }: LabelledClips,
  scores: Float32Array,
): number {
  // Keras' floor: σ in 32 bits may be 0 or 1.
  const loss = (probability: number) => -Math.log(Math.max(probability, 1e-7));
  const labels = scores.length / clips;
  let sum = 0;
  for (const probability of scores) sum += loss(1 - probability);
  for (let clip = 0; clip < clips; clip++) {
    for (let at = labelOffsets[clip]!; at < labelOffsets[clip + 1]!; at++) {
      const probability = scores[clip * labels + labelIndices[at]!]!;
      sum += loss(probability) - loss(1 - probability);
    }
  }
  return sum / scores.length;
}

/**
 * Probabilities `[rows, labels]` of a model, also one in training, as it is served.
 *
 * @throws the signal's reason when it aborts
 */
export async function scoreRows(options: EvaluationOptions): Promise<Float32Array> {
  const { tf, preprocessing, table, rows, signal } = options;
  const { spec, weights } = asServed(options.spec, options.weights);
  const classifier = createClassifier({ tf, spec, weights, preprocessing });
  try {
    const scores = new Float32Array(rows.length * spec.labels);
    for (let first = 0; first < rows.length; first += clipsPerTurn) {
      signal?.throwIfAborted();
      const clips = Array.from(rows.subarray(first, first + clipsPerTurn), (row) => framesOf(table, row));
      for (const [i, probabilities] of classifier.predict(clips).entries()) {
        scores.set(probabilities, (first + i) * spec.labels);
      }
      await nextTurn();
    }
    return scores;
  } finally {
    classifier.dispose();
  }
}

/** The label columns of some rows. */
export function labelsOf(table: ClipTable, rows: Uint32Array): LabelledClips {
  const offsets = new Uint32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) {
    offsets[i + 1] = offsets[i]! + table.labelOffsets[row + 1]! - table.labelOffsets[row]!;
  }
  const labelIndices = new Uint16Array(offsets.at(-1)!);
  for (const [i, row] of rows.entries()) {
    labelIndices.set(
      table.labelIndices.subarray(table.labelOffsets[row]!, table.labelOffsets[row + 1]!),
      offsets[i]!,
    );
  }
  return { clips: rows.length, labelOffsets: offsets, labelIndices };
}
