import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { createClassifier } from '../../../shared/model/classifier.ts';
import { foldNormalisation } from '../../../shared/model/fold.ts';
import { weightPaths } from '../../../shared/model/model-json.ts';
import type { ModelSpec } from '../../../shared/model/model-spec.ts';
import { preprocessingOf } from '../../../shared/model/preprocessing.ts';
import {
  decodeSavedModel,
  encodeSavedModel,
  type ModelContents,
  openingSteps,
  openSavedModel,
} from '../../../shared/model/saved-model.ts';
import { inSlices } from '../../../shared/model/steps.ts';
import { asStored, precisions } from '../../../shared/model/stored-weights.ts';
import { withWeights } from '../../fixtures/published-model.ts';
import { scoresOfStock } from '../../fixtures/stock-graph-model.ts';
import { byteClips, largestDifference, smallSpec, smallSpecs, trainedLooking } from './small-models.ts';

const labels = ['Speech', 'Music', 'Dog', 'Rain', 'Bell'].map((displayName, index) => ({
  index,
  mid: `/m/${index}`,
  displayName,
}));
const preprocessing = preprocessingOf(new Uint8Array());
const corrupt = expect.objectContaining({ code: 'MODEL_CORRUPT' });

function contentsOf(spec: ModelSpec, precision: ModelContents['precision']): ModelContents {
  return { ...foldNormalisation(spec, trainedLooking(spec)), preprocessing, labels, precision };
}

describe.each(smallSpecs)('a saved %s', (_, spec) => {
  const clips = byteClips([1, 4, 2], spec.width);
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });

  it.each(precisions)('stored as %s opens with all it was saved with, and scores the same', (precision) => {
    const model = contentsOf(spec, precision);
    const {
      predict,
      dispose,
      predictFrames: _,
      scoresFrames: __,
      warmUp: ___,
      ...saved
    } = openSavedModel(engine, encodeSavedModel(model));
    const { spec: folded, weights } = model;
    expect(saved).toEqual({ spec: folded, labels, preprocessing, precision });
    const stored = { spec: folded, weights: asStored(weights, precision), preprocessing };
    expect(predict(clips)).toEqual(createClassifier({ tf: engine.tf, ...stored }).predict(clips));
    dispose();
  });

  it('opens and warms up in slices to the same scores, and frees all of it', async () => {
    const files = encodeSavedModel(contentsOf(spec, 'float16'));
    const before = engine.tf.memory().numTensors;
    const sliced = await inSlices(openingSteps(engine, files));
    await inSlices(sliced.warmUp());
    const whole = openSavedModel(engine, files);
    expect(sliced.predict(clips)).toEqual(whole.predict(clips));
    for (const model of [sliced, whole]) model.dispose();
    expect(engine.tf.memory().numTensors).toBe(before);
  });

  it.each(precisions)('stored as %s has the same scores in stock TensorFlow.js', async (precision) => {
    const files = encodeSavedModel(contentsOf(spec, precision));
    const own = openSavedModel(engine, files).predict(clips);
    const stock = await scoresOfStock(engine, files, clips, spec);
    for (const [i, scores] of own.entries()) expect(largestDifference(stock[i]!, scores)).toBeLessThan(1e-6);
  });
});

describe('a saved model', () => {
  const model = contentsOf(smallSpec('mlp'), 'float16');
  const files = encodeSavedModel(model);
  const { modelJson, weights } = files;
  const [[path, bytes]] = [...weights] as [[string, Uint8Array]];

  it('is the same bytes when saved again', () => {
    expect(encodeSavedModel(decodeSavedModel(files))).toEqual(files);
  });

  it('names its weights files', () => {
    expect(weightPaths(modelJson)).toEqual(['group1-shard1of1.bin']);
  });

  it('with a flipped bit anywhere in its weights is not opened', async () => {
    await fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at]! ^= 1 << bit;
        expect(() => decodeSavedModel({ modelJson, weights: new Map([[path, damaged]]) })).toThrow(corrupt);
      }),
      { numRuns: 50 },
    );
  });

  it('with a changed byte in its description is not opened, or means the same', async () => {
    await fc.assert(
      fc.property(fc.nat(modelJson.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const damaged = Uint8Array.from(modelJson);
        damaged[at]! ^= by;
        let opened: unknown;
        try {
          opened = decodeSavedModel({ modelJson: damaged, weights });
        } catch (error) {
          // The names of format and version may be what is damaged.
          expect(error).toMatchObject({
            code: expect.stringMatching(/^MODEL_(CORRUPT|FORMAT_UNSUPPORTED)$/),
          });
          return;
        }
        // White space between two properties.
        expect(opened).toEqual(decodeSavedModel(files));
      }),
      { numRuns: 300 },
    );
  });

  it('cut short, or without its weights, is not opened', () => {
    expect(() => decodeSavedModel(withWeights(files, (whole) => whole.slice(0, -4)))).toThrow(corrupt);
    expect(() => decodeSavedModel({ modelJson, weights: new Map() })).toThrow(corrupt);
    expect(() => decodeSavedModel({ modelJson: modelJson.slice(0, -9), weights })).toThrow(corrupt);
  });

  it('whose parts do not belong together is not opened', () => {
    const reject = (contents: Partial<ModelContents>) =>
      expect(() => decodeSavedModel(encodeSavedModel({ ...model, ...contents }))).toThrow(corrupt);
    reject({ labels: labels.slice(1) });
    reject({ labels: [...labels].reverse() });
    reject({ spec: { ...model.spec, width: 7 } });
    reject({ spec: smallSpec('mlp'), weights: trainedLooking(smallSpec('mlp')) });
    const spoilt = new Map(model.weights);
    spoilt.set('output/bias', { shape: [5], values: new Float32Array(5).fill(Number.NaN, 2, 3) });
    reject({ weights: spoilt });
  });

  it.each([
    [
      'of the format before',
      { format: 'earshot-model', formatVersion: 1 },
      'an earshot-model of format version 1',
    ],
    [
      'of a format to come',
      { format: 'graph-model', userDefinedMetadata: { earshot: { formatVersion: 3 } } },
      'format version 3',
    ],
    ['of another program', { format: 'layers-model' }, '"layers-model" without userDefinedMetadata.earshot'],
  ])('%s is named as that', (_, document, received) => {
    const other = { modelJson: Buffer.from(JSON.stringify(document)), weights };
    expect(() => decodeSavedModel(other)).toThrow(
      expect.objectContaining({
        code: 'MODEL_FORMAT_UNSUPPORTED',
        details: expect.objectContaining({ received }),
      }),
    );
  });
});
