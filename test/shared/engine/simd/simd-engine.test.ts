import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../shared/engine/engine.ts';
import { openEngine } from '../../../../shared/engine/open-engine.ts';
import { startSimdEngine } from '../../../../shared/engine/simd/simd-engine.ts';
import { foldNormalisation } from '../../../../shared/model/fold.ts';
import type { ModelSpec } from '../../../../shared/model/model-spec.ts';
import { encodeSavedModel, openSavedModel } from '../../../../shared/model/saved-model.ts';
import type { Precision } from '../../../../shared/model/stored-weights.ts';
import {
  byteClips,
  largestDifference,
  smallSpec,
  smallSpecs,
  trainedLooking,
} from '../../model/small-models.ts';

let trainer: Engine;
let simd: Engine;
beforeAll(async () => {
  simd = await startSimdEngine();
  trainer = await openEngine('cpu');
});

const preprocessing = { dtype: 'uint8', offset: 128, scale: 1 / 128 } as const;

function filesOf(spec: ModelSpec, precision: Precision, seed = 1) {
  const labels = Array.from({ length: spec.labels }, (_, i) => ({
    index: i,
    mid: `/m/${i}`,
    displayName: `${i}`,
  }));
  const folded = foldNormalisation(spec, trainedLooking(spec, seed));
  return encodeSavedModel({ ...folded, preprocessing, labels, precision });
}

const flat = (scores: readonly Float32Array[]) => scores.flatMap((of) => [...of]);
const scoresBy = (engine: Engine, files: ReturnType<typeof filesOf>, clips: readonly Uint8Array[]) => {
  const saved = openSavedModel(engine, files);
  const scores = flat(saved.predict(clips));
  const frames = saved.scoresFrames ? flat(saved.predictFrames(clips)) : [];
  saved.dispose();
  return { scores, frames };
};

describe('the serving engine gives the scores of the trainer', () => {
  it.each(smallSpecs)('with a head of %s, whatever the lengths of the clips', (_, spec) => {
    const lengths = fc.array(fc.integer({ min: 1, max: spec.maxFrames }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(lengths, fc.constantFrom('float16', 'float32'), fc.nat(), (counts, precision, seed) => {
        const files = filesOf(spec, precision, seed);
        const clips = byteClips(counts, spec.width, seed);
        const [ours, expected] = [scoresBy(simd, files, clips), scoresBy(trainer, files, clips)];
        expect(largestDifference(ours.scores, expected.scores)).toBeLessThan(1e-5);
        expect(largestDifference(ours.frames, expected.frames)).toBeLessThan(1e-5);
      }),
      { numRuns: 8 },
    );
  });
});

it.each(smallSpecs)('a clip has the same scores alone and in company, with a head of %s', (_, spec) => {
  const saved = openSavedModel(simd, filesOf(spec, 'float16'));
  const clips = byteClips([4, 4, 1, 3, 2, 4, 4], spec.width);
  const together = saved.predict(clips);
  for (const [i, clip] of clips.entries()) {
    // Of as many frames: padding adds zeros to sums, which some heads divide by.
    const [alone] = saved.predict([clip]);
    expect(largestDifference(alone!, together[i]!)).toBeLessThanOrEqual(
      clip.length === 4 * spec.width ? 0 : 1e-6,
    );
  }
});

it('scores that are not numbers are not hidden', () => {
  const { tf } = simd;
  const block = tf.tensor([Number.NaN, -1, 2], [3]);
  for (const of of [tf.relu(block), tf.sigmoid(block), tf.minimum(block, 1), tf.clipByValue(block, 0, 1)]) {
    expect(of.dataSync()[0]).toBeNaN();
  }
});

it('counts what is kept, and forgets what is disposed of', () => {
  const { tf } = simd;
  const before = tf.memory().numTensors;
  const saved = openSavedModel(simd, filesOf(smallSpec('mlp'), 'float16'));
  expect(tf.memory().numTensors).toBe(before + 6);
  saved.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('shapes that do not go together are a fault of the code, and said so', () => {
  const { tf } = simd;
  const [a, b] = [tf.tensor([1, 2, 3, 4], [2, 2]), tf.tensor([1, 2, 3], [3])];
  expect(() => tf.add(a, b)).toThrow('[3] cannot be combined with [2,2]');
  expect(() => tf.reshape(a, [3])).toThrow('[2,2] cannot become [3]');
  expect(() => tf.transpose(a, [1, 0])).toThrow('axes 1,0');
});
