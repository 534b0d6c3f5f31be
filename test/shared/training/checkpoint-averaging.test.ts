import { beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { networksOf } from '../../../shared/model/ensemble.ts';
import { trainingSettingsSchema } from '../../../shared/training/settings.ts';
import { decodeState, encodeState } from '../../../shared/training/state-codec.ts';
import { type FinishedTraining, trainClassifier } from '../../../shared/training/train-classifier.ts';
import type { TrainingState } from '../../../shared/training/training-state.ts';
import { largestDifference } from '../model/small-models.ts';
import { finish, smallRun } from './small-run.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const every = { steps: 24, evaluateEverySteps: 6, emaDecay: 0.5, averageCheckpoints: 3 };
const exact = (changes: object = {}) => ({
  ...smallRun(engine, { ...every, ...changes }),
  precision: 'float32' as const,
});

it('the mean of the last evaluations has the mean of their probabilities', async () => {
  const averaged = await finish(exact());
  expect(averaged).toMatchObject({ chosen: 'checkpoints', steps: 24 });
  expect(networksOf(averaged.spec)).toHaveLength(3);
  const singles: FinishedTraining[] = [];
  for (const steps of [12, 18, 24]) singles.push(await finish(exact({ steps, averageCheckpoints: 1 })));
  const mean = averaged.scores.map((_, i) => singles.reduce((sum, { scores }) => sum + scores[i]! / 3, 0));
  expect(largestDifference(averaged.scores, mean)).toBeLessThan(1e-6);
  expect(largestDifference(singles[0]!.scores, singles[2]!.scores)).toBeGreaterThan(0.01);
});

it('a run that was stopped and resumed keeps the same ones', async () => {
  const expected = await finish(exact());
  const stop = new AbortController();
  let bytes = new Uint8Array();
  const stopped = await trainClassifier({
    ...exact(),
    signal: stop.signal,
    onProgress: ({ step }) => (step === 15 ? stop.abort(new Error('stop')) : undefined),
    onCheckpoint: async (state: TrainingState) => {
      bytes = Uint8Array.from(encodeState(state));
    },
  });
  expect(stopped).toEqual({ outcome: 'aborted', step: 15 });
  const { scores } = await finish({ ...exact(), resume: decodeState(bytes) });
  expect(scores).toEqual(expected.scores);
});

it('a run of one evaluation is one network', async () => {
  const { spec, chosen } = await finish(exact({ evaluateEverySteps: 24 }));
  expect(networksOf(spec)).toHaveLength(1);
  expect(chosen).toBe('average');
});

it('is refused beside early stopping, which goes back to one evaluation', () => {
  const earlyStopping = { metric: 'mAP', mode: 'max' };
  const { error } = trainingSettingsSchema.safeParse({ averageCheckpoints: 2, earlyStopping });
  expect(error!.issues[0]).toMatchObject({
    path: ['averageCheckpoints'],
    message: expect.stringMatching(/^1 with/),
  });
});
