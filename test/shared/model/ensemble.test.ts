import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { createClassifier } from '../../../shared/model/classifier.ts';
import { ensembleSpecSchema, joinNetworks } from '../../../shared/model/ensemble.ts';
import { foldNormalisation } from '../../../shared/model/fold.ts';
import { preprocessingOf } from '../../../shared/model/preprocessing.ts';
import { decodeSavedModel, encodeSavedModel, openSavedModel } from '../../../shared/model/saved-model.ts';
import { asStored, precisions } from '../../../shared/model/stored-weights.ts';
import { scoresOfStock } from '../../fixtures/stock-graph-model.ts';
import { byteClips, largestDifference, smallSpec, smallSpecs, trainedLooking } from './small-models.ts';

const preprocessing = preprocessingOf(new Uint8Array());
const labels = [0, 1, 2, 3, 4].map((index) => ({ index, mid: `/m/${index}`, displayName: `Label ${index}` }));
const network = (name: string, seed: number) =>
  foldNormalisation(smallSpec(name), trainedLooking(smallSpec(name), seed));
const clips = byteClips([1, 4, 2, 3], 6);

const alike = [1, 2, 3].map((seed) => network('mlp', seed));
const unlike = smallSpecs.map(([name], i) => network(name, i));
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

/** The mean of what each network gives by itself, in double precision. */
function meanOfMembers(networks: typeof alike, precision: (typeof precisions)[number]): Float32Array[] {
  const scores = networks.map(({ spec, weights }) => {
    const classifier = createClassifier({
      ...{ tf: engine.tf, spec, preprocessing },
      weights: asStored(weights, precision),
    });
    const predicted = classifier.predict(clips);
    classifier.dispose();
    return predicted;
  });
  return clips.map((_, clip) =>
    Float32Array.from(scores[0]![clip]!, (_, label) => {
      const total = scores.reduce((sum, member) => sum + member[clip]![label]!, 0);
      return total / networks.length;
    }),
  );
}

describe.each([
  ['three networks of one kind', alike],
  ['networks of every head', unlike],
])('%s as one model', (_, networks) => {
  const joined = joinNetworks(networks);

  it.each(precisions)(
    'stored as %s give the mean of their probabilities, here and in stock TensorFlow.js',
    async (precision) => {
      const files = encodeSavedModel({ ...joined, preprocessing, labels, precision });
      const saved = openSavedModel(engine, files);
      const own = saved.predict(clips);
      saved.dispose();
      const stock = await scoresOfStock(engine, files, clips, joined.spec);
      for (const [i, mean] of meanOfMembers(networks, precision).entries()) {
        expect(largestDifference(own[i]!, mean)).toBeLessThan(1e-6);
        expect(largestDifference(stock[i]!, mean)).toBeLessThan(1e-6);
      }
    },
  );

  it('are read back with all they were saved with', () => {
    const contents = { ...joined, preprocessing, labels, precision: 'float32' as const };
    expect(decodeSavedModel(encodeSavedModel(contents))).toEqual(contents);
  });
});

it('members whose order was changed, or one of which is missing, are not opened', () => {
  const { spec, weights } = joinNetworks(unlike);
  const rest = { weights, preprocessing, labels, precision: 'float16' as const };
  const { members: all } = ensembleSpecSchema.parse(spec);
  for (const members of [[...all].reverse(), all.slice(1)]) {
    const files = encodeSavedModel({ ...rest, spec: { ...spec, members } });
    expect(() => decodeSavedModel(files)).toThrow(expect.objectContaining({ code: 'MODEL_CORRUPT' }));
  }
});

it('a mean of ones is not above one', () => {
  const sure = alike.map(({ spec, weights }) => ({
    spec,
    weights: new Map([...weights, ['output/bias', { shape: [5], values: new Float32Array(5).fill(99) }]]),
  }));
  for (const count of [2, 3]) {
    const model = { ...joinNetworks(sure.slice(0, count)), tf: engine.tf, preprocessing };
    expect(createClassifier(model).predict(clips)[0]).toEqual(new Float32Array(5).fill(1));
  }
});

it('networks of other clips or labels, or more than 64, are not joined; one stays as it is', () => {
  const other = { ...alike[0]!, spec: { ...alike[0]!.spec, labels: 6 } };
  expect(() => joinNetworks([alike[0]!, other])).toThrow('cannot be joined');
  expect(joinNetworks(alike.slice(0, 1))).toBe(alike[0]);
  expect(() => joinNetworks(Array.from({ length: 65 }, () => alike[0]!))).toThrow();
});

it('prediction frees all it allocates', () => {
  const before = engine.tf.memory().numTensors;
  const model = createClassifier({ ...joinNetworks(unlike), tf: engine.tf, preprocessing });
  model.predict(clips);
  model.dispose();
  expect(engine.tf.memory().numTensors).toBe(before);
});
