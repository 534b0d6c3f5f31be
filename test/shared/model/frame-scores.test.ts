import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { createClassifier } from '../../../shared/model/classifier.ts';
import { byteClips, smallSpec, smallSpecs, trainedLooking } from './small-models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const preprocessing = { dtype: 'uint8', offset: 128, scale: 1 / 128 } as const;

function classifierOf(name: string) {
  const spec = smallSpec(name);
  const weights = trainedLooking(spec);
  return { spec, ...createClassifier({ tf: engine.tf, spec, weights, preprocessing }) };
}

describe('scores of single frames', () => {
  it.each(['max pooling', 'average pooling', 'single attention'])('of %s are what it pools', (name) => {
    const { spec, ...classifier } = classifierOf(name);
    expect(classifier.scoresFrames).toBe(true);
    const clips = byteClips([1, 4, 3], spec.width);
    const whole = classifier.predict(clips);
    const frames = classifier.predictFrames(clips);
    for (const [i, scores] of whole.entries()) {
      const times = Array.from({ length: clips[i]!.length / spec.width }, (_, t) => t);
      for (const [k, score] of scores.entries()) {
        const ofFrames = times.map((t) => frames[i]![t * spec.labels + k]!);
        const mean = ofFrames.reduce((sum, value) => sum + value, 0) / ofFrames.length;
        if (name === 'max pooling') expect(score).toBeCloseTo(Math.max(...ofFrames), 5);
        else if (name === 'average pooling') expect(score).toBeCloseTo(mean, 5);
        else {
          expect(score).toBeGreaterThanOrEqual(Math.min(...ofFrames) - 1e-6);
          expect(score).toBeLessThanOrEqual(Math.max(...ofFrames) + 1e-6);
        }
      }
    }
    classifier.dispose();
  });

  it('are those of the frame as a clip by itself, however long the clip', () => {
    const { spec, ...classifier } = classifierOf('single attention');
    const [clip] = byteClips([23], spec.width);
    const [frames] = classifier.predictFrames([clip!]);
    for (const t of [0, 11, 22]) {
      const [alone] = classifier.predict([clip!.subarray(t * spec.width, (t + 1) * spec.width)]);
      for (const [k, score] of alone!.entries()) expect(frames![t * spec.labels + k]).toBeCloseTo(score, 5);
    }
    classifier.dispose();
  });

  it('are only of heads that have them', () => {
    const names = smallSpecs.map(([name]) => name).filter((name) => classifierOf(name).scoresFrames);
    expect(names).toEqual([
      'max pooling',
      'average pooling',
      'single attention',
      "single attention in PyTorch's form",
    ]);
  });
});
