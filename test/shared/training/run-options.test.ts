import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { SeededRandom } from '../../../shared/random/seeded-random.ts';
import { decodeState, encodeState } from '../../../shared/training/state-codec.ts';
import { type TrainingOptions, trainClassifier } from '../../../shared/training/train-classifier.ts';
import type { TrainingState } from '../../../shared/training/training-state.ts';
import { finish, smallRun } from './small-run.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const everything = {
  steps: 40,
  sampling: 'balanced',
  optimizer: 'adamw',
  weightDecay: 0.05,
  schedule: { kind: 'cosine', warmupSteps: 5 },
  mixup: { alpha: 0.4 },
  labelSmoothing: 0.05,
  earlyStopping: { metric: 'mAP', mode: 'max', patience: 100 },
  evaluateEverySteps: 6,
  checkpointEverySteps: 5,
};

/** The newest checkpoint of a run, with nothing in it that depends on the clock. */
function kept(): { bytes: Uint8Array; readonly onCheckpoint: NonNullable<TrainingOptions['onCheckpoint']> } {
  const checkpoint = {
    bytes: new Uint8Array(),
    onCheckpoint: async (state: TrainingState) => {
      checkpoint.bytes = Uint8Array.from(encodeState({ ...state, seconds: 0 }));
    },
  };
  return checkpoint;
}

/** Runs until the step, then ends as a process does that is killed: nothing is written any more. */
async function killedAfter(run: TrainingOptions, step: number): Promise<void> {
  const death = new Error('killed');
  const onProgress: TrainingOptions['onProgress'] = (progress) => {
    if (progress.step === step) throw death;
  };
  await expect(trainClassifier({ ...run, onProgress })).rejects.toBe(death);
}

describe.each([
  ['mlp', [8, 8]],
  ['attention-pooling-mlp', [8, 8]],
  ['multi-attention', 8],
])('a run with all options and the head %s', (head, hidden) => {
  it('killed after any steps and resumed from its checkpoint gives the bits of the undisturbed run', async () => {
    const run = smallRun(engine, { ...everything, model: { head, hidden, dropout: 0.2 } });
    const undisturbed = kept();
    const expected = await finish({ ...run, onCheckpoint: undisturbed.onCheckpoint });

    const random = new SeededRandom(4);
    const checkpoint = kept();
    let resume: TrainingState | undefined;
    for (let kills = 0; kills < 6; kills++) {
      const from = resume?.step ?? 0;
      const at = Math.min(39, from + 1 + random.below(12));
      await killedAfter({ ...run, resume, onCheckpoint: checkpoint.onCheckpoint }, at);
      resume = checkpoint.bytes.length === 0 ? undefined : decodeState(checkpoint.bytes);
    }
    expect(resume!.step).toBeGreaterThan(0);
    const resumed = await finish({ ...run, resume, onCheckpoint: checkpoint.onCheckpoint });
    expect(Buffer.from(checkpoint.bytes).equals(undisturbed.bytes)).toBe(true);
    expect({ ...resumed, seconds: null }).toEqual({ ...expected, seconds: null });
  });
});

describe('early stopping', () => {
  const restless = {
    steps: 400,
    evaluateEverySteps: 5,
    checkpointEverySteps: 7,
    learningRate: 0.05,
    labelSmoothing: 0.1,
    earlyStopping: { metric: 'loss', mode: 'min', patience: 3 },
  };

  it('ends the run when patience is spent, with the weights of the best evaluation', async () => {
    const checkpoint = kept();
    const result = await finish({ ...smallRun(engine, restless), onCheckpoint: checkpoint.onCheckpoint });
    expect(result).toMatchObject({ ended: 'early-stopping', chosen: 'best' });
    expect(result.steps).toBeLessThan(400);
    expect(result.clips.train + result.clips.validation).toBe(200);
    expect(result.clips.validation).toBeGreaterThan(20);
    const losses = result.curve.map(({ validation }) => validation!.loss);
    const best = losses.indexOf(Math.min(...losses));
    expect(losses.length - 1 - best).toBe(3);

    // The same run, ended at that evaluation and keeping its average, has the same model.
    const step = result.curve[best]!.step;
    const until = await finish(smallRun(engine, { ...restless, steps: step }));
    expect(until).toMatchObject({ ended: 'steps', chosen: 'best', steps: step });
    expect(result.weights).toEqual(until.weights);
    expect(result.metrics).toEqual(until.metrics);
  });

  it('restores the best also when the run ends otherwise', async () => {
    const impatient = await finish(smallRun(engine, restless));
    const patient = { ...restless.earlyStopping, patience: 1000 };
    const steps = impatient.steps;
    const result = await finish(smallRun(engine, { ...restless, earlyStopping: patient, steps }));
    expect(result).toMatchObject({ ended: 'steps', chosen: 'best' });
    expect(result.weights).toEqual(impatient.weights);
  });

  it('that was resumed when it had ended, ends', async () => {
    const checkpoint = kept();
    const run = smallRun(engine, restless);
    const result = await finish({ ...run, onCheckpoint: checkpoint.onCheckpoint });
    const again = await finish({ ...run, resume: decodeState(checkpoint.bytes) });
    expect({ ...again, seconds: null }).toEqual({ ...result, seconds: null });
  });
});

it('a run ends at its hours, with what it has by then', async () => {
  const seen: number[] = [];
  const result = await finish({
    ...smallRun(engine, { steps: 1_000_000, maxHours: 0.2 / 3600 }),
    onProgress: ({ step }) => seen.push(step),
  });
  expect(result.ended).toBe('max-hours');
  expect(result.seconds.training).toBeGreaterThanOrEqual(0.2);
  expect(result.steps).toBe(seen.at(-1));
  expect(result.curve.at(-1)!.step).toBe(result.steps);
});

it('a run of a thousand steps holds as many tensors at its end as at its start', async () => {
  const counts = new Set([engine.tf.memory().numTensors]);
  await finish({
    ...smallRun(engine, {
      steps: 1000,
      model: { head: 'mlp', hidden: [4, 4] },
      batchSize: 4,
      evaluateEverySteps: 500,
    }),
    onProgress: () => counts.add(engine.tf.memory().numTensors),
  });
  counts.add(engine.tf.memory().numTensors);
  expect(counts.size).toBe(1);
});
