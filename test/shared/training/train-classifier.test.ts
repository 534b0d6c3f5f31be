import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { rankingMetrics } from '../../../shared/metrics/ranking-metrics.ts';
import { encodeSavedModel, openSavedModel } from '../../../shared/model/saved-model.ts';
import { framesOf } from '../../../shared/training/batch.ts';
import { decodeState, encodeState } from '../../../shared/training/state-codec.ts';
import { type TrainingOptions, trainClassifier } from '../../../shared/training/train-classifier.ts';
import { evaluationTones, finish, smallMlp, smallRun } from './small-run.ts';
import { toneClips } from './tone-clips.ts';

const smallHeads = [
  'linear',
  'max-pooling',
  'average-pooling',
  'single-attention',
  'multi-attention',
  'feature-attention',
].map((head) => ({ head, ...(head === 'linear' ? {} : { hidden: 24, dropout: 0.2 }) }));
const smallPooling = { ...smallMlp, head: 'attention-pooling-mlp', heads: 3 };
const smallModels: [string, object][] = [smallMlp, smallPooling, ...smallHeads].map((model) => [
  model.head,
  model,
]);
const [multiAttention] = smallHeads.filter(({ head }) => head === 'multi-attention');

describe('training', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });

  it.each(smallModels)('of the model %s learns what can be learnt', async (_, model) => {
    const { metrics, curve, parameters, weights } = await finish(smallRun(engine, { model, steps: 80 }));
    expect(metrics.priorMAP).toBeLessThan(0.35);
    expect(metrics.mAP).toBeGreaterThan(0.9);
    expect(metrics.evaluated).toBe(4);
    expect(curve.map(({ step }) => step)).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
    expect(curve.at(-1)!.trainingLoss).toBeLessThan(0.8 * curve[0]!.trainingLoss);
    expect(parameters).toBe([...weights.values()].reduce((sum, { values }) => sum + values.length, 0));
  });

  it('learns from float embeddings of any scale', async () => {
    const floats = toneClips({ clips: 200, dtype: 'float32' });
    const run = smallRun(engine, { steps: 80 }, floats);
    const evaluate = toneClips({ clips: 150, seed: 2, dtype: 'float32' });
    const { metrics, preprocessing } = await finish({ ...run, evaluate });
    expect(metrics.mAP).toBeGreaterThan(0.9);
    expect(preprocessing.dtype).toBe('float32');
  });

  it('ends with a model that, saved and opened, has the metrics that were reported', async () => {
    const result = await finish(smallRun(engine, { steps: 30 }));
    const labels = Array.from({ length: 4 }, (_, index) => ({
      index,
      mid: `/m/${index}`,
      displayName: `${index}`,
    }));
    const saved = openSavedModel(engine, encodeSavedModel({ ...result, labels }));
    expect(saved.precision).toBe('float16');
    const clips = Array.from({ length: evaluationTones.clips }, (_, row) => framesOf(evaluationTones, row));
    const scores = Float32Array.from(saved.predict(clips).flatMap((probabilities) => [...probabilities]));
    expect(rankingMetrics(evaluationTones, 4, scores)).toEqual(result.metrics);
  });

  const unlike = ['mlp', 'attention-pooling-mlp', 'multi-attention', 'feature-attention'];
  it.each(smallModels.filter(([head]) => unlike.includes(head)))(
    'of the model %s, stopped and resumed, gives the bits of the undisturbed run',
    async (_, model) => {
      const run = smallRun(engine, { model, steps: 24, evaluateEverySteps: 5, checkpointEverySteps: 7 });
      const undisturbed: Uint8Array[] = [];
      const expected = await finish({
        ...run,
        onCheckpoint: async (state) => {
          undisturbed.push(encodeState({ ...state, seconds: 0 }));
        },
      });

      let kept = new Uint8Array();
      const onCheckpoint: TrainingOptions['onCheckpoint'] = async (state) => {
        kept = Uint8Array.from(encodeState({ ...state, seconds: 0 }));
      };
      for (const stopAfter of [3, 7, 16]) {
        const stop = new AbortController();
        const resume = kept.length === 0 ? undefined : decodeState(kept);
        const onProgress: TrainingOptions['onProgress'] = ({ step }) => {
          if (step === stopAfter) stop.abort();
        };
        const stopped = await trainClassifier({
          ...run,
          resume,
          onProgress,
          onCheckpoint,
          signal: stop.signal,
        });
        expect(stopped).toEqual({ outcome: 'aborted', step: stopAfter });
      }
      const resumed = await finish({ ...run, resume: decodeState(kept), onCheckpoint });

      expect(undisturbed.map((bytes) => decodeState(bytes).step)).toEqual([7, 14, 21, 24]);
      expect(Buffer.from(kept).equals(undisturbed.at(-1)!)).toBe(true);
      expect({ ...resumed, seconds: null }).toEqual({ ...expected, seconds: null });
    },
  );

  it('leaves no tensor behind', async () => {
    const counts: number[] = [];
    const onProgress = () => counts.push(engine.tf.memory().numTensors);
    const before = engine.tf.memory().numTensors;
    for (const [, model] of smallModels) {
      await finish({ ...smallRun(engine, { model, steps: 10 }), onProgress });
    }
    expect(counts.length).toBe(10 * smallModels.length);
    expect(new Set([before, ...counts, engine.tf.memory().numTensors])).toEqual(new Set([before]));
  });

  it('says how far it is after each step', async () => {
    const seen: number[] = [];
    const phases: string[] = [];
    await finish({
      ...smallRun(engine, { steps: 4 }),
      onPhase: (phase) => phases.push(phase),
      onProgress: ({ step, steps, loss, examplesPerSecond, etaSeconds }) => {
        expect(steps).toBe(4);
        expect(loss).toBeGreaterThan(0);
        expect(examplesPerSecond).toBeGreaterThan(0);
        expect(etaSeconds).toBeGreaterThanOrEqual(0);
        seen.push(step);
      },
    });
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(phases).toEqual(['training', 'evaluating']);
  });

  it('that diverges stops with the step, and its newest checkpoint is good', async () => {
    const floats = toneClips({ clips: 200, dtype: 'float32' });
    const frames = Float32Array.from(floats.frames);
    // A clip that no float can square, of the kind that validation lets pass: finite.
    frames.fill(3e38, 40 * 24, 40 * 24 + 8);
    const run = smallRun(
      engine,
      { model: multiAttention, steps: 60, checkpointEverySteps: 1 },
      { ...floats, frames },
    );
    let newest = new Uint8Array();
    const training = trainClassifier({
      ...run,
      evaluate: toneClips({ clips: 50, seed: 2, dtype: 'float32' }),
      onCheckpoint: async (state) => {
        newest = Uint8Array.from(encodeState(state));
      },
    });
    await expect(training).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
      details: { field: expect.stringMatching(/^gradient of hidden1\/.* of step \d+$/) },
    });
    if (newest.length > 0) {
      for (const values of decodeState(newest).weights.values())
        expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  it('does not go on from the state of another run', async () => {
    let state = new Uint8Array();
    const run = smallRun(engine, { steps: 2 });
    await finish({
      ...run,
      onCheckpoint: async (newest) => {
        state = Uint8Array.from(encodeState(newest));
      },
    });
    const other = smallRun(engine, { steps: 2, seed: 9 });
    await expect(trainClassifier({ ...other, resume: decodeState(state) })).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
    });
  });

  it('needs a label that some eval clips have and others have not', async () => {
    const silent = toneClips({ clips: 20, seed: 3 });
    const unlabelled = { ...silent, labelOffsets: new Uint32Array(21), labelIndices: new Uint16Array() };
    const run = { ...smallRun(engine, { steps: 2 }), evaluate: unlabelled };
    await expect(trainClassifier(run)).rejects.toMatchObject({
      code: 'SNAPSHOT_EMPTY',
      details: { field: 'eval' },
    });
  });
});
