import { describe, expect, it } from 'vitest';
import { resolveTraining, trainingSettingsSchema } from '../../../shared/training/settings.ts';

const audioset = { clips: 22_160, labels: 527, width: 128, maxFrames: 10 };
const small = { clips: 3000, labels: 24, width: 128, maxFrames: 10 };
const resolve = (request: object, data = audioset) =>
  resolveTraining(trainingSettingsSchema.parse(request), data);

describe('training settings', () => {
  it('left open are chosen by recipe and data', () => {
    expect(resolve({}).spec).toMatchObject({ kind: 'mlp', hidden: [1024, 1024], labels: 527, dropout: 0.5 });
    expect(resolve({}, small).spec).toMatchObject({ hidden: [512, 512], labels: 24 });
    expect(resolve({ recipe: 'multi-attention' }).spec).toMatchObject({
      kind: 'multi-attention',
      hidden: 512,
    });
    expect(resolve({}).settings.steps).toBeGreaterThan(1000);
    expect(resolve({}, small).settings.steps).toBeLessThan(1000);
  });

  it('that are given are kept', () => {
    const request = {
      hidden: 64,
      dropout: 0,
      batchSize: 16,
      steps: 7,
      learningRate: 0.01,
      emaDecay: 0.5,
      seed: 3,
    };
    const { spec, settings } = resolve(request);
    expect(spec).toMatchObject({ hidden: [64, 64], dropout: 0 });
    expect(settings).toMatchObject({ batchSize: 16, steps: 7, learningRate: 0.01, emaDecay: 0.5, seed: 3 });
  });

  it('count epochs over the clips', () => {
    expect(resolve({ epochs: 2, batchSize: 100 }, small).settings.steps).toBe(60);
  });

  it('never ask for a batch larger than the data', () => {
    expect(resolve({}, { ...small, clips: 5 }).settings.batchSize).toBe(5);
  });

  it.each([
    ['an unknown property', { learnrate: 1 }],
    ['steps and epochs at once', { steps: 5, epochs: 2 }],
    ['a batch of nothing', { batchSize: 0 }],
    ['an unknown recipe', { recipe: 'slow' }],
    ['a dropout of everything', { dropout: 1 }],
  ])('refuse %s', (_, request) => {
    expect(trainingSettingsSchema.safeParse(request).success).toBe(false);
  });
});
