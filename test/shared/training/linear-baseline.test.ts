import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { rankingMetrics } from '../../../shared/metrics/ranking-metrics.ts';
import { linearBaseline } from '../../../shared/training/linear-baseline.ts';
import { toneClips } from './tone-clips.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const labels = 4;
const evaluate = toneClips({ clips: 300, seed: 7 });
const baselineOf = (train: ReturnType<typeof toneClips>, signal?: AbortSignal) =>
  linearBaseline({ tf: engine.tf, labels, train, evaluate, seed: 1, signal });

describe('the linear baseline', () => {
  it('learns what is linear in the time mean, the same each time, and leaves no tensor behind', async () => {
    const train = toneClips({ clips: 160, seed: 1 });
    const tensors = engine.tf.memory().numTensors;
    const { scores } = await baselineOf(train);
    expect(rankingMetrics(evaluate, labels, scores).mAP).toBeGreaterThan(0.7);
    expect((await baselineOf(train)).scores).toEqual(scores);
    expect(engine.tf.memory().numTensors).toBe(tensors);
  });

  it('with a dozen clips stays near the priors, yet ranks', async () => {
    const { scores, decay } = await baselineOf(toneClips({ clips: 12, seed: 3 }));
    expect(decay).toBeGreaterThan(1);
    expect(rankingMetrics(evaluate, labels, scores).AUC).toBeGreaterThan(0.6);
    expect(Math.max(...scores)).toBeLessThan(0.9);
  });

  it('stops early by the loss on the validation clips where there are some', async () => {
    const noise = toneClips({ clips: 1200, width: 8, seed: 4 });
    // Labels of other clips: nothing can be learned, so the first pass is as good as any.
    const shifted = { ...noise, frames: noise.frames.slice().reverse() };
    const { steps } = await baselineOf(shifted);
    expect(steps).toBeLessThanOrEqual(8);
  });

  it('stops when the signal says so', async () => {
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(baselineOf(toneClips({ clips: 20 }), stop)).rejects.toThrow('enough');
  });
});
