import type { ClipTable } from '../dataset/clip-table.ts';
import type { Tf } from '../engine/engine.ts';
import { rankingMetrics } from '../metrics/ranking-metrics.ts';
import type { ServedSpec } from '../model/ensemble.ts';
import { largestFloat16 } from '../model/float16.ts';
import type { Preprocessing } from '../model/preprocessing.ts';
import { asStored, type Precision } from '../model/stored-weights.ts';
import type { Weight, Weights } from '../model/weights.ts';
import { labelsOf, scoreRows } from './evaluate.ts';

/** A larger difference of a probability is harm: float32 is stored instead. */
const mostDifference = 0.01;

/** What float16 does to a model, measured. */
export interface Rounding {
  /** The clips it was measured on: not those of eval, which are looked at once. */
  readonly split: 'validation' | 'train';
  readonly clips: number;
  /** Of any probability; null when a weight is beyond float16. */
  readonly largestScoreDifference: number | null;
  /** mAP with float16 less mAP with float32; null where it cannot be measured. */
  readonly mAPDifference: number | null;
}

export interface StoredWeights {
  readonly precision: Precision;
  /** As they will be read from the saved model. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** Null when float32 was asked for. */
  readonly rounding: Rounding | null;
}

export interface StoreOptions {
  readonly tf: Tf;
  /** Folded. */
  readonly spec: ServedSpec;
  readonly weights: Weights;
  readonly preprocessing: Preprocessing;
  readonly wanted: Precision;
  readonly table: ClipTable;
  /** Rows of the table to measure on. */
  readonly rows: Uint32Array;
  readonly split: Rounding['split'];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Rounds a finished model to the precision it is stored in, so that it is evaluated as it will be served,
 * and measures what that changes. Float16 that would harm the model is not used.
 *
 * @throws the signal's reason when it aborts
 */
export async function storeWeights(options: StoreOptions): Promise<StoredWeights> {
  const { weights, wanted, split, rows } = options;
  const exact = new Map(weights);
  if (wanted === 'float32') return { precision: 'float32', weights: exact, rounding: null };
  const about = { split, clips: rows.length };
  const fits = [...weights.values()].every(({ values }) =>
    values.every((w) => Math.abs(w) <= largestFloat16),
  );
  if (!fits) {
    const rounding = { ...about, largestScoreDifference: null, mAPDifference: null };
    return { precision: 'float32', weights: exact, rounding };
  }
  const rounded = asStored(weights, 'float16');
  const [before, after] = [await scoreRows(options), await scoreRows({ ...options, weights: rounded })];
  let largest = 0;
  for (let i = 0; i < before.length; i++) largest = Math.max(largest, Math.abs(after[i]! - before[i]!));
  const rounding = {
    ...about,
    largestScoreDifference: largest,
    mAPDifference: gained(options, before, after),
  };
  return largest > mostDifference
    ? { precision: 'float32', weights: exact, rounding }
    : { precision: 'float16', weights: rounded, rounding };
}

function gained(
  { table, rows, spec }: StoreOptions,
  before: Float32Array,
  after: Float32Array,
): number | null {
  const labels = labelsOf(table, rows);
  const [old, rounded] = [before, after].map((scores) => rankingMetrics(labels, spec.labels, scores));
  return old!.evaluated === 0 ? null : rounded!.mAP - old!.mAP;
}
