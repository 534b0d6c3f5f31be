import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { foldNormalisation } from '../../../shared/model/fold.ts';
import { forward } from '../../../shared/model/forward.ts';
import { weightLayout } from '../../../shared/model/layout.ts';
import { headNames } from '../../../shared/model/model-config.ts';
import { modelSpecSchema } from '../../../shared/model/model-spec.ts';
import { referenceProbabilities } from './reference-model.ts';
import {
  asFloats,
  byteClips,
  largestDifference,
  probabilitiesOfClips,
  smallSpecs,
  trainedLooking,
} from './small-models.ts';

describe.each(smallSpecs)('the forward pass of the %s', (_, spec) => {
  const weights = trainedLooking(spec);
  const clips = asFloats(byteClips([4, 1, 3, 2], spec.width));
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });

  it('is that of the reference', () => {
    const probabilities = probabilitiesOfClips(engine, spec, weights, clips, spec.maxFrames);
    const expected = clips.flatMap((clip) => referenceProbabilities(spec, weights, clip));
    expect(largestDifference(probabilities, expected)).toBeLessThan(1e-6);
  });

  it('is the same for a padded clip as for the clip alone', () => {
    const together = probabilitiesOfClips(engine, spec, weights, clips, spec.maxFrames);
    for (const [i, clip] of clips.entries()) {
      const alone = probabilitiesOfClips(engine, spec, weights, [clip], clip.length / spec.width);
      const padded = together.subarray(i * spec.labels, (i + 1) * spec.labels);
      expect(largestDifference(padded, alone)).toBeLessThan(1e-6);
    }
  });

  it('is the same with normalisation folded into the dense layers', () => {
    const folded = foldNormalisation(spec, weights);
    expect([...folded.weights.keys()]).toEqual(weightLayout(folded.spec).map(({ name }) => name));
    expect([...folded.weights.keys()].every((name) => /\/(kernel|bias)$/.test(name))).toBe(true);
    const difference = largestDifference(
      probabilitiesOfClips(engine, folded.spec, folded.weights, clips, spec.maxFrames),
      probabilitiesOfClips(engine, spec, weights, clips, spec.maxFrames),
    );
    expect(difference).toBeLessThan(1e-6);
  });
});

describe.each([
  ['one label, one frame, one value', { labels: 1, width: 1, maxFrames: 1 }],
  ['many labels and long clips', { labels: 300, width: 3, maxFrames: 60 }],
])('models of %s', (_, sizes) => {
  it.each(headNames)('are those of the reference: %s', async (head) => {
    const engine = await openEngine('wasm');
    const spec = modelSpecSchema.parse({
      model: { head, ...(head === 'linear' ? {} : small(head)) },
      ...sizes,
    });
    const weights = trainedLooking(spec);
    const clips = asFloats(byteClips([sizes.maxFrames, 1, Math.ceil(sizes.maxFrames / 2)], spec.width));
    const probabilities = probabilitiesOfClips(engine, spec, weights, clips, spec.maxFrames);
    const expected = clips.flatMap((clip) => referenceProbabilities(spec, weights, clip));
    expect(largestDifference(probabilities, expected)).toBeLessThan(2e-6);
  });
});

const small = (head: string) => ({ hidden: head === 'mlp' ? [1, 2] : 2 });
const normed = smallSpecs.filter(([, { model }]) => model.head !== 'linear' && model.head !== 'mlp');

describe('batch statistics', () => {
  it.each(normed)('of a training step leave padding out: %s', async (_, spec) => {
    const { tf } = await openEngine('wasm');
    const weights = trainedLooking(spec);
    const statistics = (padding: number) => {
      const seen: number[] = [];
      tf.tidy(() => {
        const frames = tf.tensor3d(
          [1, 2, 3, 4, 5, 6, padding, padding, padding, 1, 0, 1],
          [1, 2, spec.width],
        );
        const tensors = Object.fromEntries(
          [...weights].map(([name, { shape, values }]) => [name, tf.tensor(values, [...shape])]),
        );
        const onStatistics = (...[, mean, variance]: Parameters<StatisticsReceiver>) => {
          seen.push(...mean.dataSync(), ...variance.dataSync());
        };
        forward(tf, spec, tensors, frames, tf.tensor2d([[1, 0]]), { dropoutMasks: [], onStatistics });
      });
      return seen;
    };

    const moving = weightLayout(spec).filter(({ role }) => role === 'statistic');
    expect(statistics(0).length).toBe(moving.reduce((sum, { shape }) => sum + shape[0]!, 0));
    expect(statistics(100)).toEqual(statistics(0));
  });
});

type StatisticsReceiver = NonNullable<Parameters<typeof forward>[5]>['onStatistics'];
