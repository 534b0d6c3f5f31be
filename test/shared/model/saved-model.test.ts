import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { createClassifier } from '../../../shared/model/classifier.ts';
import { foldNormalisation } from '../../../shared/model/fold.ts';
import { preprocessingOf } from '../../../shared/model/preprocessing.ts';
import { decodeSavedModel, encodeSavedModel, openSavedModel } from '../../../shared/model/saved-model.ts';
import { byteClips, smallSpecs, trainedLooking } from './small-models.ts';

const labels = ['Speech', 'Music', 'Dog', 'Rain', 'Bell'].map((displayName, index) => ({
  index,
  mid: `/m/${index}`,
  displayName,
}));
const preprocessing = preprocessingOf(new Uint8Array());
const corrupt = expect.objectContaining({ code: 'MODEL_CORRUPT' });

describe.each(smallSpecs)('a saved %s', (_, spec) => {
  const model = { ...foldNormalisation(spec, trainedLooking(spec)), preprocessing, labels };
  const files = encodeSavedModel(model);
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });

  it('opens with its labels and preprocessing, and gives the same scores bit for bit', () => {
    const clips = byteClips([1, 4, 2], spec.width);
    const saved = openSavedModel(engine, files.modelJson, files.weightsBin);
    expect(saved.spec).toEqual(model.spec);
    expect(saved.labels).toEqual(labels);
    expect(saved.preprocessing).toEqual({ dtype: 'uint8', offset: 128, scale: 1 / 128 });
    expect(saved.predict(clips)).toEqual(createClassifier({ tf: engine.tf, ...model }).predict(clips));
  });

  it('has its weights where a weights manifest of TensorFlow.js says', () => {
    const { weightsManifest } = JSON.parse(Buffer.from(files.modelJson).toString());
    const buffer = Uint8Array.from(files.weightsBin).buffer;
    const tensors = engine.tf.io.decodeWeights(buffer, weightsManifest);
    for (const [name, { shape, values }] of model.weights) {
      expect(tensors[name]!.shape).toEqual(shape);
      expect(tensors[name]!.dataSync()).toEqual(values);
    }
    engine.tf.dispose(tensors);
  });
});

describe('a saved model', () => {
  const [, spec] = smallSpecs[0]!;
  const model = { ...foldNormalisation(spec, trainedLooking(spec)), preprocessing, labels };
  const { modelJson, weightsBin } = encodeSavedModel(model);

  it('is the same bytes when saved again', () => {
    expect(encodeSavedModel(decodeSavedModel({ modelJson, weightsBin }))).toEqual({ modelJson, weightsBin });
  });

  it('with a flipped bit anywhere in its weights is not opened', async () => {
    await fc.assert(
      fc.property(fc.nat(weightsBin.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const damaged = Uint8Array.from(weightsBin);
        damaged[at]! ^= 1 << bit;
        expect(() => decodeSavedModel({ modelJson, weightsBin: damaged })).toThrow(corrupt);
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
          opened = decodeSavedModel({ modelJson: damaged, weightsBin });
        } catch (error) {
          expect(error).toEqual(corrupt);
          return;
        }
        // White space between two properties.
        expect(opened).toEqual(decodeSavedModel({ modelJson, weightsBin }));
      }),
      { numRuns: 300 },
    );
  });

  it('cut short is not opened', () => {
    expect(() => decodeSavedModel({ modelJson, weightsBin: weightsBin.slice(0, -4) })).toThrow(corrupt);
    expect(() => decodeSavedModel({ modelJson: modelJson.slice(0, -9), weightsBin })).toThrow(corrupt);
  });

  it('whose parts do not belong together is not opened', () => {
    const reject = (contents: Partial<typeof model>) =>
      expect(() => decodeSavedModel(encodeSavedModel({ ...model, ...contents }))).toThrow(corrupt);
    reject({ labels: labels.slice(1) });
    reject({ labels: [...labels].reverse() });
    reject({ spec: { ...model.spec, width: 7 } });
    reject({ spec, weights: trainedLooking(spec) });
    const spoilt = new Map(model.weights);
    spoilt.set('output/bias', { shape: [5], values: new Float32Array(5).fill(Number.NaN, 2, 3) });
    reject({ weights: spoilt });
  });
});
