import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ClipTable } from '../dataset/clip-table.ts';
import type { Tf } from '../engine/engine.ts';
import { createLinearModel } from './linear-model.ts';
import { createSampler } from './sampler.ts';
import { columnMoments, standardise, timeMeans } from './time-means.ts';
import { splitValidation } from './validation-split.ts';

export interface BaselineOptions {
  readonly tf: Tf;
  readonly labels: number;
  readonly train: ClipTable;
  /** Clips to score. */
  readonly evaluate: ClipTable;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Baseline {
  /** Probabilities of the clips to score, `[clips, labels]`. */
  readonly scores: Float32Array;
  /** Updates behind the weights that were taken, and the weight decay of the loss. */
  readonly steps: number;
  readonly decay: number;
}

/** scikit-learn's C: the inverse strength of the penalty on a class's weights, strong as is best for few clips. */
const inversePenalty = 0.01;
/** More clips would cost time and change a linear model little. */
const mostClips = 50_000;
const batchClips = 1024;
const passes = 12;
/** Full batches that bring a small, strongly penalised set to its minimum. */
const smallSetSteps = 120;
const learningRate = 0.03;
const smallSetLearningRate = 0.05;
/** Passes without a lower loss on the validation clips before training ends. */
const patience = 1;

/**
 * Logistic regression on the standardised time mean, one for each label, with an L2 penalty; where there are validation
 * clips it stops early by their loss. What any other model has to beat.
 *
 * @throws the signal's reason when it aborts
 */
export async function linearBaseline(options: BaselineOptions): Promise<Baseline> {
  const { tf, labels, train, signal } = options;
  const split = splitValidation(train);
  const every = Math.ceil(split.train.length / mostClips);
  const rows = split.train.filter((_, i) => i % every === 0);
  const { width } = train;
  const features = timeMeans(train, rows);
  const moments = columnMoments(features, width);
  standardise(features, moments);
  const decay = 1 / (inversePenalty * rows.length);

  const small = split.validation.length === 0;
  const batchSize = small ? rows.length : Math.min(batchClips, rows.length);
  const stepsAPass = Math.ceil(rows.length / batchSize);
  const model = createLinearModel(tf, width, labels, small ? smallSetLearningRate : learningRate, decay);
  model.startFromPriors(labelCounts(train, rows, labels), rows.length);
  const positions = Uint32Array.from(rows, (_, i) => i);
  const sampler = createSampler(positions, batchSize, options.seed);
  const held = timeMeans(train, split.validation);
  standardise(held, moments);
  const heldTargets = targetsOf(train, split.validation, labels);

  let best = { loss: Number.POSITIVE_INFINITY, pass: 0, steps: 0, weights: model.averaged() };
  const steps = small ? smallSetSteps : passes * stepsAPass;
  for (let step = 0; step < steps; step++) {
    const chosen = sampler.batch(step);
    const clips = chosen.map((position) => rows[position]!);
    model.update(gather(features, chosen, width), targetsOf(train, clips, labels), step);
    await nextTurn();
    signal?.throwIfAborted();
    if (small || (step + 1) % stepsAPass !== 0) continue;
    const pass = (step + 1) / stepsAPass;
    const loss = crossEntropy(model.score(held, model.averaged()), heldTargets);
    if (loss < best.loss) best = { loss, pass, steps: step + 1, weights: model.averaged() };
    else if (pass - best.pass >= patience) break;
  }
  const taken = small ? { steps, weights: model.averaged() } : best;
  const all = Uint32Array.from({ length: options.evaluate.clips }, (_, row) => row);
  const evaluated = timeMeans(options.evaluate, all);
  standardise(evaluated, moments);
  return { scores: model.score(evaluated, taken.weights), steps: taken.steps, decay };
}

function gather(values: Float32Array, rows: Uint32Array, width: number): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    gathered.set(values.subarray(row * width, (row + 1) * width), i * width);
  }
  return gathered;
}

function labelCounts(table: ClipTable, rows: Uint32Array, labels: number): Uint32Array {
  const counts = new Uint32Array(labels);
  for (const row of rows) {
    for (let at = table.labelOffsets[row]!; at < table.labelOffsets[row + 1]!; at++) {
      counts[table.labelIndices[at]!]!++;
    }
  }
  return counts;
}

/** `[rows, labels]`: 1 for the labels of the rows. */
function targetsOf(table: ClipTable, rows: Uint32Array, labels: number): Float32Array {
  const targets = new Float32Array(rows.length * labels);
  for (const [i, row] of rows.entries()) {
    for (let at = table.labelOffsets[row]!; at < table.labelOffsets[row + 1]!; at++) {
      targets[i * labels + table.labelIndices[at]!] = 1;
    }
  }
  return targets;
}

/** Mean binary cross-entropy. */
function crossEntropy(scores: Float32Array, targets: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    sum -= Math.log(Math.max(1e-7, targets[i] === 1 ? scores[i]! : 1 - scores[i]!));
  }
  return sum / scores.length;
}
