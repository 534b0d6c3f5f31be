import { performance } from 'node:perf_hooks';
import type { ClipTable } from '../dataset/clip-table.ts';
import { heldClips, isStreamed } from '../dataset/streamed-clips.ts';
import type { Engine } from '../engine/engine.ts';
import { type RankingMetrics, rankingMetrics } from '../metrics/ranking-metrics.ts';
import type { ServedSpec } from '../model/ensemble.ts';
import type { Preprocessing } from '../model/preprocessing.ts';
import type { Precision } from '../model/stored-weights.ts';
import type { Weights } from '../model/weights.ts';
import { scoreRows } from './evaluate.ts';
import { type Rounding, storeWeights } from './store-weights.ts';

export interface ModelToFinish {
  readonly engine: Engine;
  /** Folded. */
  readonly spec: ServedSpec;
  readonly weights: Weights;
  readonly preprocessing: Preprocessing;
  /** As which it is to be stored; float16 when absent. */
  readonly precision?: Precision | undefined;
  readonly train: ClipTable;
  /** Rows of the training clips that were trained on, and set aside. */
  readonly split: { readonly train: Uint32Array; readonly validation: Uint32Array };
  readonly evaluate: ClipTable;
  readonly signal?: AbortSignal | undefined;
}

export interface FinishedModel {
  /** Folded and as they are stored, ready for `encodeSavedModel`. */
  readonly spec: ServedSpec;
  readonly weights: Weights;
  readonly precision: Precision;
  /** What storing as float16 changes, or would have changed; null when float32 was asked for. */
  readonly rounding: Rounding | null;
  readonly preprocessing: Preprocessing;
  /** Numbers in the folded weights. */
  readonly parameters: number;
  /** On the eval clips. */
  readonly metrics: RankingMetrics;
  /** Probabilities of the eval clips, `[clips, labels]`. */
  readonly scores: Float32Array;
  readonly evaluatingSeconds: number;
}

/**
 * Rounds a model to what is stored of it, and measures that on the eval clips, once.
 *
 * @throws the signal's reason when it aborts
 */
export async function finishModel(model: ModelToFinish): Promise<FinishedModel> {
  const begin = performance.now();
  const { engine, spec, preprocessing, train, evaluate, signal } = model;
  const scoring = { tf: engine.tf, spec, preprocessing, signal };
  const stored = await storeWeights({
    ...scoring,
    weights: model.weights,
    wanted: model.precision ?? 'float16',
    ...(await measured(train, aside(model.split))),
  });
  const rows = Uint32Array.from({ length: evaluate.clips }, (_, row) => row);
  const scores = await scoreRows({ ...scoring, weights: stored.weights, table: evaluate, rows });
  return {
    ...stored,
    spec,
    preprocessing,
    parameters: [...stored.weights.values()].reduce((sum, { values }) => sum + values.length, 0),
    metrics: rankingMetrics(evaluate, spec.labels, scores),
    scores,
    evaluatingSeconds: (performance.now() - begin) / 1000,
  };
}

/** Some clips to measure with: where they lie, or in a table of their own when they must be read. */
export async function measured<T extends { rows: Uint32Array }>(
  table: ClipTable,
  wanted: T,
): Promise<T & { readonly table: ClipTable }> {
  if (!isStreamed(table)) return { ...wanted, table };
  const { rows } = wanted;
  return { ...wanted, table: await heldClips(table, rows), rows: rows.map((_, row) => row) };
}

/** Small sets have no validation clips; a share of their training clips is as good for what rounding changes. */
function aside({ train, validation }: ModelToFinish['split']) {
  return validation.length > 0
    ? { split: 'validation' as const, rows: validation }
    : { split: 'train' as const, rows: train.subarray(0, 1000) };
}
