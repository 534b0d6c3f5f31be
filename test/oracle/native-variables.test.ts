import { describe, expect, it } from 'vitest';
import type { Engine } from '../../shared/engine/engine.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { initialWeights } from '../../shared/model/initial-weights.ts';
import { preprocessingOf } from '../../shared/model/preprocessing.ts';
import { createArrayLearner } from '../../shared/training/array-learner.ts';
import type { Batch } from '../../shared/training/batch.ts';
import { createLearner } from '../../shared/training/create-learner.ts';
import { batchesOf } from '../../shared/training/prepare-batch.ts';
import { resolveTraining, trainingSettingsSchema } from '../../shared/training/settings.ts';
import { trainClassifier } from '../../shared/training/train-classifier.ts';
import { trainingFacts } from '../../shared/training/training-facts.ts';
import { initialState } from '../../shared/training/training-state.ts';
import { toneClips } from '../shared/training/tone-clips.ts';

const reason = await openEngine('native').then(
  () => undefined,
  (error: Error) => error.message,
);
if (reason !== undefined) console.warn(`The native engine is skipped: ${reason}`);

const shape = { width: 32, maxFrames: 6, labels: 12 };
const table = toneClips({ clips: 120, ...shape });
const mlp = { head: 'mlp', hidden: [48, 48] };
const rows = Uint32Array.from({ length: 120 }, (_, row) => row);

function twentySteps(engine: Engine, kind: 'arrays' | 'variables', request: object) {
  const parsed = trainingSettingsSchema.parse({ batchSize: 40, emaDecay: 0.9, ...request });
  const { spec, settings } = resolveTraining(parsed, { clips: 120, clipsPerClass: 100, ...shape });
  const preprocessing = preprocessingOf(table.frames);
  const batch = batchesOf({ spec, settings, preprocessing, table, rows });
  const start = initialWeights(spec, 1, trainingFacts(table, rows, shape.labels, preprocessing));
  const state = initialState('any', spec, start);
  const learner =
    kind === 'arrays'
      ? createArrayLearner(engine.tf, spec, settings, state)
      : createLearner(engine, spec, settings, state);
  const losses: number[] = [];
  for (let step = 0; step < 20; step++) {
    losses.push(learner.compute(batch(step) as Batch, step));
    learner.apply(step);
  }
  learner.save();
  learner.dispose();
  return { state, losses };
}

/** Largest difference between the arrays, relative to the largest value. */
function relativeDifference(a: Float32Array, b: Float32Array): number {
  const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / scale;
}

describe.skipIf(reason !== undefined)('weights in TensorFlow variables', () => {
  it.each([
    ['fast', { model: mlp }],
    ['multi-attention', { model: { head: 'multi-attention', hidden: 48 } }],
    ['AdamW', { model: mlp, optimizer: 'adamw', weightDecay: 0.5, schedule: { kind: 'cosine' } }],
  ])('after twenty steps are those of the arrays: %s', async (_, request) => {
    const engine = await openEngine('native');
    const before = engine.tf.memory().numTensors;
    const expected = twentySteps(engine, 'arrays', request);
    const received = twentySteps(engine, 'variables', request);
    expect(engine.tf.memory().numTensors).toBe(before);
    for (const [step, loss] of expected.losses.entries()) expect(received.losses[step]).toBeCloseTo(loss, 5);
    for (const group of ['weights', 'average', 'm', 'v'] as const) {
      for (const [name, values] of expected.state[group]) {
        // Batch norm takes away what a bias adds: its gradient is rounding noise, which Adam makes steps of.
        if (/^hidden\d+\/bias$/.test(name)) continue;
        expect(relativeDifference(values, received.state[group].get(name)!), `${group} ${name}`).toBeLessThan(
          1e-3,
        );
      }
    }
  });

  it('hold as many tensors after a thousand steps as after the first', async () => {
    const engine = await openEngine('native');
    const request = {
      model: { head: 'mlp', hidden: [8, 8] },
      batchSize: 8,
      steps: 1000,
      evaluateEverySteps: 250,
    };
    const options = resolveTraining(trainingSettingsSchema.parse(request), {
      clips: 120,
      clipsPerClass: 100,
      ...shape,
    });
    const before = engine.tf.memory().numTensors;
    const counts = new Set<number>();
    const onProgress = () => counts.add(engine.tf.memory().numTensors);
    await trainClassifier({ engine, ...options, train: table, evaluate: table, onProgress });
    expect(counts.size).toBe(1);
    expect(engine.tf.memory().numTensors).toBe(before);
  });

  it('that diverge are named, with the step', async () => {
    const engine = await openEngine('native');
    const floats = toneClips({ clips: 120, ...shape, dtype: 'float32' });
    const frames = Float32Array.from(floats.frames).fill(3e38, 0, 32);
    const request = { model: { head: 'multi-attention', hidden: 8 }, batchSize: 120, steps: 3 };
    const options = resolveTraining(trainingSettingsSchema.parse(request), {
      clips: 120,
      clipsPerClass: 100,
      ...shape,
    });
    const training = trainClassifier({
      engine,
      ...options,
      train: { ...floats, frames },
      evaluate: floats,
    });
    await expect(training).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
      details: { field: expect.stringMatching(/ of step 0$/) },
    });
  });
});
