import { describe, expect, it } from 'vitest';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { preprocessingOf } from '../../shared/model/preprocessing.ts';
import { gatherBatch } from '../../shared/training/batch.ts';
import { computeGradients } from '../../shared/training/gradients.ts';
import { resolveTraining, trainingSettingsSchema } from '../../shared/training/settings.ts';
import { decodeState, encodeState } from '../../shared/training/state-codec.ts';
import { trainClassifier } from '../../shared/training/train-classifier.ts';
import { largestDifference, smallSpecs, trainedLooking } from '../shared/model/small-models.ts';
import { toneClips } from '../shared/training/tone-clips.ts';

const reason = await openEngine('native').then(
  () => undefined,
  (error: Error) => error.message,
);
if (reason !== undefined) console.warn(`The native engine is skipped: ${reason}`);

describe.skipIf(reason !== undefined)('the native engine', () => {
  it.each(smallSpecs)('has the loss and gradients of WebAssembly: %s', async (_, spec) => {
    const table = toneClips({ clips: 12, width: 6, maxFrames: 4, labels: 5 });
    const batch = gatherBatch(table, Uint32Array.from([0, 3, 5, 6, 8, 11]), 5, preprocessingOf(table.frames));
    const weights = new Map([...trainedLooking(spec)].map(([name, { values }]) => [name, values]));
    const on = async (engine: 'wasm' | 'native') => {
      const { tf } = await openEngine(engine);
      return computeGradients({ tf, spec, weights, batch, seed: 5, step: 2 });
    };
    const expected = await on('wasm');
    const received = await on('native');
    expect(received.loss).toBeCloseTo(expected.loss, 5);
    for (const [name, values] of expected.gradients) {
      expect(largestDifference(received.gradients.get(name)!, values)).toBeLessThan(1e-5);
    }
  });

  it.each([
    { head: 'mlp', hidden: [256, 256] },
    { head: 'attention-pooling-mlp', hidden: [256, 256] },
    { head: 'multi-attention', hidden: 256 },
    { head: 'feature-attention', hidden: 256 },
  ])('resumes $head to the same bits', async (model) => {
    const engine = await openEngine('native');
    const train = toneClips({ clips: 600, width: 64, maxFrames: 10, labels: 30 });
    const facts = { clips: 600, clipsPerClass: 20, width: 64, maxFrames: 10, labels: 30 };
    const settings = trainingSettingsSchema.parse({
      model,
      steps: 12,
      checkpointEverySteps: 5,
    });
    const states = new Map<number, Uint8Array>();
    const run = {
      engine,
      ...resolveTraining(settings, facts),
      train,
      evaluate: train,
      onCheckpoint: async (state: Parameters<typeof encodeState>[0]) => {
        states.set(state.step, Uint8Array.from(encodeState({ ...state, seconds: 0 })));
      },
    };
    await trainClassifier(run);
    const undisturbed = states.get(12)!;
    await trainClassifier({ ...run, resume: decodeState(states.get(5)!) });
    expect(Buffer.from(states.get(12)!).equals(undisturbed)).toBe(true);
  });
});
