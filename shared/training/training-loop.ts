import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ClipTable } from '../dataset/clip-table.ts';
import type { Tf } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import type { Preprocessing } from '../model/preprocessing.ts';
import { applyGradients } from './apply-gradients.ts';
import { gatherBatch } from './batch.ts';
import { computeGradients, type StepGradients } from './gradients.ts';
import { createSampler } from './sampler.ts';
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
  readonly tf: Tf;
  readonly spec: ModelSpec;
  readonly settings: ResolvedSettings;
  readonly preprocessing: Preprocessing;
  readonly table: ClipTable;
  /** Rows of the table to train on. */
  readonly rows: Uint32Array;
  /** Metrics of the averaged weights for the curve. */
  readonly validate: () => Promise<CurvePoint['validation']>;
  readonly checkpoint: () => Promise<void>;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Share of the newest step in the smoothed speed. */
const speedSmoothing = 0.1;

/**
 * Makes updates until `settings.steps` are made; ends with a checkpoint. Each step first proves the
 * weights by a finite loss and gradient, then commits a checkpoint of them if one is due, then changes
 * them: what has been committed is always good.
 *
 * @throws the signal's reason when it aborts, between two steps; EarshotError TRAINING_DIVERGED
 */
export async function runSteps(loop: TrainingLoop, state: TrainingState): Promise<void> {
  const { tf, spec, settings, table, rows } = loop;
  const { batchSize, steps, seed } = settings;
  const sampler = createSampler(rows, batchSize, seed);
  const firstStep = state.step;
  let secondsPerStep = 0;

  while (state.step < steps) {
    const { step } = state;
    const begin = performance.now();
    loop.signal?.throwIfAborted();
    if (step % settings.evaluateEverySteps === 0) await recordPoint(loop, state);

    const batch = gatherBatch(table, sampler.batch(step), spec.labels, loop.preprocessing);
    const result = computeGradients({ tf, spec, weights: state.weights, batch, seed, step });
    checkFinite(step, result);
    if (step > firstStep && step % settings.checkpointEverySteps === 0) await loop.checkpoint();

    applyGradients(state, result, settings);
    state.lossSum += result.loss;
    state.lossCount++;
    // Lets the job answer signals and write its heartbeat.
    await nextTurn();

    const seconds = (performance.now() - begin) / 1000;
    state.seconds += seconds;
    secondsPerStep += (step === firstStep ? 1 : speedSmoothing) * (seconds - secondsPerStep);
    loop.onProgress?.({
      step: state.step,
      steps,
      loss: result.loss,
      examplesPerSecond: batchSize / secondsPerStep,
      etaSeconds: (steps - state.step) * secondsPerStep,
    });
  }
  await recordPoint(loop, state);
  await loop.checkpoint();
}

async function recordPoint({ validate, settings, rows }: TrainingLoop, state: TrainingState): Promise<void> {
  if (state.lossCount === 0) return;
  const { step, lossSum, lossCount } = state;
  const validation = await validate();
  state.curve.push({
    step,
    epoch: (step * settings.batchSize) / rows.length,
    trainingLoss: lossSum / lossCount,
    validation,
  });
  state.lossSum = 0;
  state.lossCount = 0;
}

/** The gradient too, because ReLU turns NaN into 0 and would hide lost weights from the loss. */
function checkFinite(step: number, { loss, gradients, statistics }: StepGradients): void {
  const fail = (what: string, received: number) => {
    throw new EarshotError('TRAINING_DIVERGED', {
      field: `${what} of step ${step}`,
      expected: 'a finite number',
      received: `${received}`,
    });
  };
  if (!Number.isFinite(loss)) fail('loss', loss);
  for (const [name, values] of [...gradients, ...statistics]) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    if (!Number.isFinite(sum)) fail(`gradient of ${name}`, sum);
  }
}
