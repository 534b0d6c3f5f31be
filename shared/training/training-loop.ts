import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch } from './batch.ts';
import { bestAfter, isExhausted } from './early-stopping.ts';
import type { Learner } from './learner.ts';
import type { ResolvedSettings } from './settings.ts';
import type { CurvePoint, TrainingState } from './training-state.ts';

export interface TrainingProgress {
  /** Updates made, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Of the newest batch. */
  readonly loss: number;
  readonly examplesPerSecond: number;
  /** Until the last step; without the final evaluation. */
  readonly etaSeconds: number;
}

export interface TrainingLoop {
  readonly settings: ResolvedSettings;
  readonly learner: Learner;
  /** The batch of a step. */
  readonly batch: (step: number) => Batch | Promise<Batch>;
  /** Clips that are trained on. */
  readonly clips: number;
  /** Metrics of the averaged weights for the curve. */
  readonly validate: () => Promise<CurvePoint['validation']>;
  readonly checkpoint: () => Promise<void>;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Share of the newest step in the smoothed speed. */
const speedSmoothing = 0.1;

/** Why training is at its end; null while it is not. */
export type TrainingEnd = 'steps' | 'early-stopping' | 'max-hours';

export function endOf(
  { steps, earlyStopping, maxHours }: ResolvedSettings,
  state: TrainingState,
): TrainingEnd | null {
  if (state.step >= steps) return 'steps';
  if (isExhausted(earlyStopping, state)) return 'early-stopping';
  return maxHours !== null && state.seconds >= maxHours * 3600 ? 'max-hours' : null;
}

/**
 * Makes updates until the settings say that it is enough; ends with a checkpoint. Each step first proves the
 * weights by a finite loss and gradient, then commits a checkpoint of them if one is due, then changes
 * them: what has been committed is always good.
 *
 * @throws the signal's reason when it aborts, between two steps; EarshotError TRAINING_DIVERGED
 */
export async function runSteps(loop: TrainingLoop, state: TrainingState): Promise<void> {
  const { settings, learner } = loop;
  const { batchSize, steps } = settings;
  const firstStep = state.step;
  let secondsPerStep = 0;

  while (endOf(settings, state) === null) {
    const { step } = state;
    const begin = performance.now();
    loop.signal?.throwIfAborted();
    if (step % settings.evaluateEverySteps === 0) {
      await recordPoint(loop, state);
      if (endOf(settings, state) !== null) break;
    }

    const loss = learner.compute(await loop.batch(step), step);
    if (step > firstStep && step % settings.checkpointEverySteps === 0) await loop.checkpoint();

    learner.apply(step);
    state.step++;
    state.lossSum += loss;
    state.lossCount++;
    // Lets the job answer signals and write its heartbeat.
    await nextTurn();

    const seconds = (performance.now() - begin) / 1000;
    state.seconds += seconds;
    secondsPerStep += (step === firstStep ? 1 : speedSmoothing) * (seconds - secondsPerStep);
    loop.onProgress?.({
      step: state.step,
      steps,
      loss,
      examplesPerSecond: batchSize / secondsPerStep,
      etaSeconds: (steps - state.step) * secondsPerStep,
    });
  }
  await recordPoint(loop, state);
  await loop.checkpoint();
}

async function recordPoint(loop: TrainingLoop, state: TrainingState): Promise<void> {
  const { validate, settings, clips } = loop;
  if (state.lossCount === 0) return;
  const { step, lossSum, lossCount } = state;
  const validation = await validate();
  const point = {
    step,
    epoch: (step * settings.batchSize) / clips,
    trainingLoss: lossSum / lossCount,
    validation,
  };
  state.curve.push(point);
  if (settings.earlyStopping !== null && validation !== null) {
    state.best = bestAfter(settings.earlyStopping, state.best, { ...point, validation }, state.average);
  }
  if (settings.averageCheckpoints > 1) {
    const weights = new Map([...state.average].map(([name, values]) => [name, values.slice()]));
    state.recent = [...state.recent, { step, weights }].slice(-settings.averageCheckpoints);
  }
  state.lossSum = 0;
  state.lossCount = 0;
}
