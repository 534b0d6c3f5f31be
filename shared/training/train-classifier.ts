import type { ClipTable } from '../dataset/clip-table.ts';
import type { Engine } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { joinNetworks } from '../model/ensemble.ts';
import { initialWeights } from '../model/initial-weights.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { type Preprocessing, preprocessingOf } from '../model/preprocessing.ts';
import type { Precision } from '../model/stored-weights.ts';
import { checkData } from './check-data.ts';
import { chooseWeights } from './choose-weights.ts';
import { type Choice, chosenNetworks } from './chosen-networks.ts';
import { createLearner } from './create-learner.ts';
import { evaluate, validationPoint } from './evaluate.ts';
import { runFingerprint } from './fingerprint.ts';
import { type FinishedModel, finishModel, measured } from './finish-model.ts';
import type { Learner } from './learner.ts';
import { batchesAhead } from './prepare-ahead.ts';
import type { ResolvedSettings } from './settings.ts';
import { factsOf } from './training-facts.ts';
import { endOf, runSteps, type TrainingEnd, type TrainingProgress } from './training-loop.ts';
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

export interface FinishedTraining extends Omit<FinishedModel, 'evaluatingSeconds'> {
  readonly outcome: 'finished';
  readonly steps: number;
  readonly chosen: Choice;
  readonly ended: TrainingEnd;
  readonly curve: readonly CurvePoint[];
  readonly clips: { readonly train: number; readonly validation: number; readonly eval: number };
  /** `training` over all attempts, with its validations. */
  readonly seconds: { readonly training: number; readonly evaluating: number };
}

export type TrainingResult = FinishedTraining | { readonly outcome: 'aborted'; readonly step: number };

/**
 * Trains a classifier on clips in memory or, where these are more than it holds, streamed: mean binary cross-entropy, Adam, a moving average of the
 * weights, and what else the settings ask for. On one engine, a run that was stopped and resumed gives the same bits as
 * one that was not.
 *
 * @throws EarshotError SNAPSHOT_EMPTY (nothing to train on or to measure with), CHECKPOINT_CORRUPT (the
 *   state is of another run), TRAINING_DIVERGED (the newest checkpoint is the last good state)
 */
export async function trainClassifier(options: TrainingOptions): Promise<TrainingResult> {
  const { spec, settings, train, resume, signal } = options;
  const preprocessing = preprocessingOf(train.frames);
  const stopsEarly = settings.earlyStopping !== null;
  const split = splitValidation(train, stopsEarly);
  checkData(spec, train, options.evaluate, stopsEarly ? split.validation : null);
  const fingerprint = runFingerprint(spec, settings, train);
  if (resume !== undefined && resume.fingerprint !== fingerprint) {
    throw new EarshotError('CHECKPOINT_CORRUPT', {
      field: 'fingerprint of model, settings and clips',
      expected: fingerprint,
      received: resume.fingerprint,
    });
  }
  const start = async () =>
    initialWeights(spec, settings.seed, await factsOf(train, split.train, spec.labels, preprocessing));
  const state = resume ?? initialState(fingerprint, spec, await start());
  const learner = createLearner(options.engine, spec, settings, state);
  try {
    return await trainAndEvaluate(options, preprocessing, split, state, learner);
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
    learner.save();
    if (hasFiniteWeights(state)) await options.onCheckpoint?.(state);
    return { outcome: 'aborted', step: state.step };
  } finally {
    learner.dispose();
  }
}

async function trainAndEvaluate(
  options: TrainingOptions,
  preprocessing: Preprocessing,
  split: ReturnType<typeof splitValidation>,
  state: TrainingState,
  learner: Learner,
): Promise<FinishedTraining> {
  const { engine, spec, settings, train, signal } = options;
  const scoring = { tf: engine.tf, spec, preprocessing, signal };
  const validationClips = await measured(train, { rows: split.validation });
  const validation = (which: 'average' | 'last') => {
    learner.save();
    return { ...scoring, weights: weightsOf(state, which, spec), ...validationClips };
  };

  options.onPhase?.('training');
  const batches = batchesAhead({ spec, settings, preprocessing, table: train, rows: split.train });
  const loop = {
    signal,
    settings,
    learner,
    batch: batches.batch,
    clips: split.train.length,
    validate: () => validationPoint(validation('average')),
    checkpoint: async () => {
      learner.save();
      await options.onCheckpoint?.(state);
    },
    onProgress: options.onProgress,
  };
  await runSteps(loop, state).finally(batches.close);
  const choose = async (): Promise<Choice> => {
    if (state.best !== null) return 'best';
    if (state.recent.length > 1) return 'checkpoints';
    if (split.validation.length === 0) return 'average';
    return chooseWeights(await evaluate(validation('average')), await evaluate(validation('last')));
  };
  const chosen = await choose();

  options.onPhase?.('evaluating');
  const { evaluatingSeconds, ...finished } = await finishModel({
    ...{ engine, preprocessing, train, evaluate: options.evaluate, split, signal },
    ...joinNetworks(chosenNetworks(state, chosen, spec)),
    precision: options.precision,
  });
  return {
    outcome: 'finished',
    steps: state.step,
    ...finished,
    chosen,
    ended: endOf(settings, state)!,
    curve: state.curve,
    clips: { train: split.train.length, validation: split.validation.length, eval: options.evaluate.clips },
    seconds: { training: state.seconds, evaluating: evaluatingSeconds },
  };
}
