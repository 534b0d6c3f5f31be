import { describe, expect, it } from 'vitest';
import { parseWithSchema } from '../../../shared/errors/parse-with-schema.ts';
import { headNames } from '../../../shared/model/model-config.ts';
import { clipsPerClass } from '../../../shared/training/clips-per-class.ts';
import { resolveTraining, trainingSettingsSchema } from '../../../shared/training/settings.ts';

const audioset = { clips: 22_160, clipsPerClass: 100.3, labels: 527, width: 128, maxFrames: 10 };
const small = { clips: 3000, clipsPerClass: 146, labels: 24, width: 128, maxFrames: 10 };
const resolve = (request: object, data = audioset) =>
  resolveTraining(trainingSettingsSchema.parse(request), data);
const refusal = (request: object) => {
  const parse = () =>
    parseWithSchema(trainingSettingsSchema, request, 'RUN_REQUEST_INVALID', {}, ['training']);
  return expect(parse);
};

describe('training settings', () => {
  it('left open are chosen by recipe and data', () => {
    expect(resolve({}).spec).toMatchObject({
      model: { head: 'mlp', hidden: [1024, 1024], dropout: 0.5 },
      labels: 527,
    });
    expect(resolve({}, small).spec).toMatchObject({ model: { hidden: [512, 512] }, labels: 24 });
    expect(resolve({ recipe: 'multi-attention' }).spec.model).toEqual({
      head: 'multi-attention',
      hidden: 512,
      dropout: 0.5,
      inputNorm: false,
      attention: 'softmax',
      blocks: 'separate',
      logitNorm: false,
    });
    expect(resolve({}).settings.steps).toBeGreaterThan(1000);
    expect(resolve({}, small).settings.steps).toBeLessThan(1000);
  });

  it('of `best` are those that the recipe chose, unless asked otherwise', () => {
    const { spec, settings } = resolve({ recipe: 'best' });
    expect(spec.model).toEqual({
      head: 'attention-pooling-mlp',
      heads: 16,
      hidden: [2048, 2048],
      dropout: 0.5,
    });
    expect(settings).toMatchObject({
      steps: 2770,
      weightDecay: 1,
      schedule: { kind: 'cosine' },
      mixup: { alpha: 1, on: 'pooled' },
    });
    const asked = { optimizer: 'adam', schedule: {}, mixup: { alpha: 0 } };
    expect(resolve({ recipe: 'best', ...asked }).settings).toMatchObject({
      weightDecay: 0,
      schedule: { kind: 'constant' },
      mixup: null,
    });
    expect(resolve({ recipe: 'best' }, small).spec.model).toMatchObject({ hidden: [512, 512] });
    expect(resolve({ recipe: 'fast' }).settings).toMatchObject({ weightDecay: 0, mixup: null });
  });

  it('count the clips of the labels that are there', () => {
    expect(clipsPerClass({ labelIndices: Uint16Array.of(7, 7, 7, 300) })).toBe(2);
    expect(clipsPerClass({ labelIndices: new Uint16Array() })).toBe(0);
  });

  it('choose logistic regression below about 100 clips a class', () => {
    const few = { ...small, clips: 2001, clipsPerClass: 94 };
    expect(resolve({}, few)).toMatchObject({
      spec: { model: { head: 'linear' } },
      settings: { recipe: 'linear' },
    });
    expect(resolve({ recipe: 'fast' }, few).spec.model.head).toBe('mlp');
    expect(resolve({}, audioset).settings.recipe).toBe('fast');
  });

  it('choose a small MLP for a few hundred clips', () => {
    const few = { ...small, clips: 100, clipsPerClass: 20, labels: 5 };
    expect(resolve({}, few)).toMatchObject({
      spec: { model: { head: 'mlp', hidden: [512, 512] } },
      settings: { recipe: 'few-shot', steps: 100, batchSize: 100 },
    });
  });

  const recipeOfHead: Record<string, string> = { mlp: 'fast', 'attention-pooling-mlp': 'best' };
  it.each(headNames)('take the model in detail, with the schedule of its head: %s', (head) => {
    const { spec, settings } = resolve({ model: { head } });
    expect(spec.model.head).toBe(head);
    expect(settings).toEqual(resolve({ recipe: recipeOfHead[head] ?? head }).settings);
  });

  it('that are given are kept', () => {
    const model = { head: 'mlp', hidden: [64, 32], dropout: 0 };
    const { spec, settings } = resolve({
      model,
      batchSize: 16,
      steps: 7,
      learningRate: 0.01,
      emaDecay: 0.5,
      seed: 3,
    });
    expect(spec.model).toEqual(model);
    expect(settings).toMatchObject({ batchSize: 16, steps: 7, learningRate: 0.01, emaDecay: 0.5, seed: 3 });
  });

  it('count epochs over the clips', () => {
    expect(resolve({ epochs: 2, batchSize: 100 }, small).settings.steps).toBe(60);
  });

  it('never ask for a batch larger than the data', () => {
    expect(resolve({}, { ...small, clips: 5 }).settings.batchSize).toBe(5);
  });

  it.each([
    ['an unknown property', { learnrate: 1 }, 'training.learnrate', 'no such property', '1'],
    [
      'steps and epochs at once',
      { steps: 5, epochs: 2 },
      'training.epochs',
      'steps or epochs, not both',
      '2',
    ],
    ['a batch of nothing', { batchSize: 0 }, 'training.batchSize', 'number to be >=1', '0'],
    ['an unknown recipe', { recipe: 'slow' }, 'training.recipe', '"linear"|"few-shot"|"fast"', '"slow"'],
    [
      'a recipe and a model',
      { recipe: 'fast', model: { head: 'linear' } },
      'training.model',
      'recipe or model, not both',
      '{"head":"linear"}',
    ],
    [
      'an unknown head',
      { model: { head: 'transformer' } },
      'training.model.head',
      'one of linear, mlp, attention-pooling-mlp, max-pooling, average-pooling, single-attention, multi-attention, feature-attention',
      '"transformer"',
    ],
    ['a model without a head', { model: {} }, 'training.model.head', 'one of linear, mlp', 'nothing'],
    ['a model that is none', { model: 'mlp' }, 'training.model', 'object', '"mlp"'],
    [
      'a dropout of everything',
      { model: { head: 'mlp', dropout: 1 } },
      'training.model.dropout',
      'number to be <1',
      '1',
    ],
    [
      'an option of another head',
      { model: { head: 'max-pooling', attention: 'softmax' } },
      'training.model.attention',
      'no such property',
      '"softmax"',
    ],
    [
      'an attention of another kind',
      { model: { head: 'single-attention', attention: 'relu' } },
      'training.model.attention',
      '"softmax"|"sigmoid"',
      '"relu"',
    ],
    [
      'units by layer where one number is meant',
      { model: { head: 'feature-attention', hidden: [512] } },
      'training.model.hidden',
      'number',
      '[512]',
    ],
    [
      'a batch norm for two layers',
      { model: { head: 'multi-attention', blocks: 'shared', logitNorm: true } },
      'training.model.logitNorm',
      'false with shared blocks',
      'true',
    ],
  ])('refuse %s, with its path', (_, request, path, expected, received) => {
    refusal(request).toThrow(
      expect.objectContaining({
        code: 'RUN_REQUEST_INVALID',
        details: { path, expected: expect.stringContaining(expected), received },
      }),
    );
  });
});
