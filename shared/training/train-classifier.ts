import { performance } from 'node:perf_hooks';
import type { ClipTable } from '../dataset/clip-table.ts';
import type { Engine } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { type RankingMetrics, rankingMetrics } from '../metrics/ranking-metrics.ts';
import { foldNormalisation } from '../model/fold.ts';
import { initialWeights } from '../model/initial-weights.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { type Preprocessing, preprocessingOf } from '../model/preprocessing.ts';
import type { Precision } from '../model/stored-weights.ts';
import type { Weights } from '../model/weights.ts';
import { checkData } from './check-data.ts';
import { chooseWeights } from './choose-weights.ts';
import { evaluate, scoreRows } from './evaluate.ts';
import { runFingerprint } from './fingerprint.ts';
import type { ResolvedSettings } from './settings.ts';
import { type Rounding, storeWeights } from './store-weights.ts';
import { trainingFacts } from './training-facts.ts';
import { runSteps, type TrainingProgress } from './training-loop.ts';
import {
  type CurvePoint,
  hasFiniteWeights,
  initialState,
  type TrainingState,
  weightsOf,
} from './training-state.ts';
import { splitValidation } from './validation-split.ts';

export interface TrainingOptions {
  readonly engine: Engine;
  /** From `resolveTraining`, as `settings`. */
  readonly spec: ModelSpec;
  readonly settings: ResolvedSettings;
  readonly train: ClipTable;
  /** Scored once, at the end. */
  readonly evaluate: ClipTable;
  /** How the finished model is stored; float16 when absent. */
  readonly precision?: Precision | undefined;
  /** Go on from here instead of from the beginning. */
  readonly resume?: TrainingState | undefined;
  /** After each step. */
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  readonly onPhase?: ((phase: 'training' | 'evaluating') => void) | undefined;
  /** Encode the state before the promise settles: training then changes it in place. */
  readonly onCheckpoint?: ((state: TrainingState) => Promise<void>) | undefined;
  /** Stops between two steps, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

export interface FinishedTraining {
  readonly outcome: 'finished';
  readonly steps: number;
  /** Folded and as they are stored, ready for `encodeSavedModel`. */
  readonly spec: ModelSpec;
  readonly weights: Weights;
  readonly precision: Precision;
  /** What storing as float16 changes, or would have changed; null when float32 was asked for. */
  readonly rounding: Rounding | null;
  readonly preprocessing: Preprocessing;
  /** Numbers in the folded weights. */
  readonly parameters: number;
  /** The moving average of the weights, or the last ones where these are clearly better on the validation split. */
  readonly chosen: 'average' | 'last';
  /** On the eval clips. */
  readonly metrics: RankingMetrics;
  /** Probabilities of the eval clips, `[clips, labels]`. */
  readonly scores: Float32Array;
  readonly curve: readonly CurvePoint[];
  readonly clips: { readonly train: number; readonly validation: number; readonly eval: number };
  /** `training` over all attempts, with its validations. */
  readonly seconds: { readonly training: number; readonly evaluating: number };
}

export type TrainingResult = FinishedTraining | { readonly outcome: 'aborted'; readonly step: number };

/**
 * Trains a classifier on clips in memory: mean binary cross-entropy, Adam, a moving average of the
 * weights, shuffled epochs. On one engine, a run that was stopped and resumed gives the same bits as
 * one that was not.
 *
 * @throws EarshotError SNAPSHOT_EMPTY (nothing to train on or to measure with), CHECKPOINT_CORRUPT (the
 *   state is of another run), TRAINING_DIVERGED (the newest checkpoint is the last good state)
 */
export async function trainClassifier(options: TrainingOptions): Promise<TrainingResult> {
  const { spec, settings, train, resume, signal } = options;
  checkData(spec, train, options.evaluate);
  const preprocessing = preprocessingOf(train.frames);
  const split = splitValidation(train);
  const fingerprint = runFingerprint(spec, settings, train);
  if (resume !== undefined && resume.fingerprint !== fingerprint) {
    throw new EarshotError('CHECKPOINT_CORRUPT', {
      field: 'fingerprint of model, settings and clips',
      expected: fingerprint,
      received: resume.fingerprint,
    });
  }
  const start = () =>
    initialWeights(spec, settings.seed, trainingFacts(train, split.train, spec.labels, preprocessing));
  const state = resume ?? initialState(fingerprint, spec, start());
  try {
    return await trainAndEvaluate(options, preprocessing, split, state);
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
    if (hasFiniteWeights(state)) await options.onCheckpoint?.(state);
    return { outcome: 'aborted', step: state.step };
  }
}

async function trainAndEvaluate(
  options: TrainingOptions,
  preprocessing: Preprocessing,
  split: ReturnType<typeof splitValidation>,
  state: TrainingState,
): Promise<FinishedTraining> {
  const { engine, spec, settings, train, signal } = options;
  const scoring = { tf: engine.tf, spec, preprocessing, signal };
  const validate = async (which: 'average' | 'last') => {
    if (split.validation.length === 0) return null;
    const weights = weightsOf(state, which, spec);
    const metrics = await evaluate({ ...scoring, weights, table: train, rows: split.validation });
    return metrics.evaluated === 0 ? null : metrics;
  };

  options.onPhase?.('training');
  const loop = {
    ...scoring,
    settings,
    table: train,
    rows: split.train,
    validate: async () => {
      const metrics = await validate('average');
      return metrics && { mAP: metrics.mAP, AUC: metrics.AUC, dPrime: metrics.dPrime };
    },
    checkpoint: async () => options.onCheckpoint?.(state),
    onProgress: options.onProgress,
  };
  await runSteps(loop, state);
  const average = await validate('average');
  const last = await validate('last');
  const chosen = average === null || last === null ? 'average' : chooseWeights(average, last);

  options.onPhase?.('evaluating');
  const begin = performance.now();
  const weights = weightsOf(state, chosen, spec);
  const rows = Uint32Array.from({ length: options.evaluate.clips }, (_, row) => row);
  const folded = foldNormalisation(spec, weights);
  const stored = await storeWeights({
    ...scoring,
    ...folded,
    wanted: options.precision ?? 'float16',
    table: train,
    ...aside(split),
  });
  const served = { spec: folded.spec, weights: stored.weights };
  const scores = await scoreRows({ ...scoring, ...served, table: options.evaluate, rows });
  const metrics = rankingMetrics(options.evaluate, spec.labels, scores);
  return {
    outcome: 'finished',
    steps: state.step,
    spec: folded.spec,
    ...stored,
    preprocessing,
    parameters: [...stored.weights.values()].reduce((sum, { values }) => sum + values.length, 0),
    chosen,
    metrics,
    scores,
    curve: state.curve,
    clips: { train: split.train.length, validation: split.validation.length, eval: rows.length },
    seconds: { training: state.seconds, evaluating: (performance.now() - begin) / 1000 },
  };
}

/** Small sets have no validation clips; a share of their training clips is as good for what rounding changes. */
function aside({ train, validation }: ReturnType<typeof splitValidation>) {
  return validation.length > 0
    ? { split: 'validation' as const, rows: validation }
    : { split: 'train' as const, rows: train.subarray(0, 1000) };
}
