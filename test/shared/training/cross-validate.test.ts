import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { rankingMetrics } from '../../../shared/metrics/ranking-metrics.ts';
import { crossValidate, type OutOfFold } from '../../../shared/training/cross-validate.ts';
import { resolveTraining, trainingSettingsSchema } from '../../../shared/training/settings.ts';
import { toneClips } from './tone-clips.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const labels = 4;
const tones = toneClips({ clips: 120 });
/** The same frames under labels of other clips: there is nothing to learn. */
const shuffled = { ...tones, frames: tones.frames.slice().reverse() };
const request = trainingSettingsSchema.parse({
  model: { head: 'linear' },
  batchSize: 32,
  learningRate: 0.05,
  emaDecay: 0.9,
  steps: 25,
});

function outOfFold(
  train: typeof tones,
  shares: readonly number[],
  signal?: AbortSignal,
): Promise<OutOfFold[]> {
  const facts = {
    clips: train.clips,
    clipsPerClass: 50,
    labels,
    width: train.width,
    maxFrames: train.maxFrames,
  };
  const { settings, spec } = resolveTraining(request, facts);
  return crossValidate({ engine, request, settings, spec, train, shares, signal });
}
const metricsOf = (train: typeof tones, { scores }: OutOfFold) => rankingMetrics(train, labels, scores);

describe('cross-validation', () => {
  it('finds what can be learned, the more the more clips there are, and leaves no tensor behind', async () => {
    const tensors = engine.tf.memory().numTensors;
    const [few, all] = await outOfFold(tones, [0.1, 1]);
    expect([few!.clips, all!.clips]).toEqual([expect.closeTo(10, -1), 96]);
    expect(metricsOf(tones, all!).AUC).toBeGreaterThan(0.85);
    expect(metricsOf(tones, all!).mAP).toBeGreaterThan(metricsOf(tones, few!).mAP);
    expect(engine.tf.memory().numTensors).toBe(tensors);
  });

  it('finds nothing where there is nothing, for no clip is scored by a model that knows it', async () => {
    const [all] = await outOfFold(shuffled, [1]);
    expect(metricsOf(shuffled, all!).AUC).toBeLessThan(0.62);
  });

  it('stops when the signal says so', async () => {
    await expect(outOfFold(tones, [1], AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
