import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { createClassifier } from '../../../shared/model/classifier.ts';
import { foldNormalisation } from '../../../shared/model/fold.ts';
import { preprocessingOf } from '../../../shared/model/preprocessing.ts';
import {
  asFloats,
  byteClips,
  largestDifference,
  probabilitiesOfClips,
  smallSpec,
  trainedLooking,
} from './small-models.ts';

const spec = smallSpec('multi-level attention');
const model = foldNormalisation(spec, trainedLooking(spec));
const quantised = preprocessingOf(new Uint8Array());

describe('a classifier', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });
  const open = (preprocessing = quantised) => createClassifier({ tf: engine.tf, ...model, preprocessing });

  it('gives the probabilities of the logits for preprocessed bytes', () => {
    const clips = byteClips([4, 2], spec.width);
    const expected = probabilitiesOfClips(engine, model.spec, model.weights, asFloats(clips), spec.maxFrames);
    const probabilities = open().predict(clips);
    expect(probabilities.map(({ length }) => length)).toEqual([spec.labels, spec.labels]);
    expect(largestDifference([...probabilities[0]!, ...probabilities[1]!], expected)).toBeLessThan(1e-6);
  });

  it('scores a clip the same alone and among many of other lengths', () => {
    const clips = byteClips(
      Array.from({ length: 1500 }, (_, i) => 1 + (i % spec.maxFrames)),
      spec.width,
    );
    const classifier = open();
    const together = classifier.predict(clips);
    expect(together.length).toBe(clips.length);
    for (const i of [0, 1, 638, 639, 640, 1499]) {
      expect(largestDifference(together[i]!, classifier.predict([clips[i]!])[0]!)).toBeLessThan(1e-6);
    }
  });

  it('takes whole numbers as bytes, and no clip as no answer', () => {
    const [clip] = byteClips([3], spec.width);
    expect(open().predict([Float32Array.from(clip!)])).toEqual(open().predict([clip!]));
    expect(open().predict([])).toEqual([]);
  });

  const good = new Uint8Array(spec.width);
  const wrong: [string, Uint8Array | Float32Array, string, string][] = [
    ['an unfinished frame', new Uint8Array(7), 'clips[1].frames', '7 values in all'],
    ['no frame', new Uint8Array(0), 'clips[1].frames', '0'],
    ['too many frames', new Uint8Array(5 * spec.width), 'clips[1].frames', '5'],
    ['a fraction', new Float32Array(12).fill(0.5, 8, 9), 'clips[1].frames[1][2]', '0.5'],
    ['NaN', new Float32Array(6).fill(Number.NaN, 3), 'clips[1].frames[0][3]', 'NaN'],
    ['a number beyond a byte', new Float32Array(6).fill(256, 5), 'clips[1].frames[0][5]', '256'],
  ];
  it.each(wrong)('refuses %s, with its place', (_, clip, path, received) => {
    expect(() => open().predict([good, clip])).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        details: expect.objectContaining({ path, received }),
      }),
    );
  });

  it('of float embeddings takes them as they are, and no bytes', () => {
    const classifier = open(preprocessingOf(new Float32Array()));
    const [clip] = asFloats(byteClips([2], spec.width));
    expect(classifier.predict([clip!])[0]!.every((p) => p > 0 && p < 1)).toBe(true);
    expect(() => classifier.predict([good])).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  it('frees what it holds', () => {
    const before = engine.tf.memory().numTensors;
    const classifier = open();
    classifier.predict(byteClips([1, 2, 3], spec.width));
    classifier.dispose();
    expect(engine.tf.memory().numTensors).toBe(before);
  });
});
