import { expect, it } from 'vitest';
import { clipTableOf } from '../../../shared/dataset/clip-rows.ts';
import { preprocessingOf } from '../../../shared/model/preprocessing.ts';
import { trainingFacts } from '../../../shared/training/training-facts.ts';

/** Two clips of two values a frame, the second one frame longer; the third is not trained on. */
const clips = [
  [0, 5, 4, 5],
  [2, 5, 6, 5, 10, 5],
  [100, 100],
];
const table = clipTableOf(
  clips.map((frames, i) => ({
    id: String(i),
    start: 0,
    end: 10,
    labels: [0],
    frameCount: frames.length / 2,
    frames: Float32Array.from(frames),
  })),
  { width: 2, maxFrames: 3, dtype: 'float32' },
);
const facts = trainingFacts(table, Uint32Array.of(0, 1), 1, preprocessingOf(table.frames));

it('knows mean and deviation of the time means of the clips that are trained on', () => {
  // Time means 2 and 6.
  expect([...facts.mean]).toEqual([4, 5]);
  expect(facts.deviation[0]).toBe(2);
});

it('knows the deviation of their frames, of which a longer clip has more', () => {
  // 0, 4, 2, 6, 10: mean 4.4.
  const values = [0, 4, 2, 6, 10];
  const variance = values.reduce((sum, value) => sum + (value - 4.4) ** 2, 0) / values.length;
  expect(facts.frameDeviation[0]).toBeCloseTo(Math.sqrt(variance), 6);
});

it('leaves a value that never changes as it is', () => {
  expect([facts.deviation[1], facts.frameDeviation[1]]).toEqual([1, 1]);
});
