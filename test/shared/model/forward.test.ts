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
  smallSpec,
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

const small = (head: string) => ({ hidden: head.endsWith('mlp') ? [1, 2] : 2 });
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
        forward(tf, spec, tensors, frames, tf.tensor2d([[1, 0]]), {
          dropoutMasks: [],
          dropout: 0,
          onStatistics,
        });
      });
      return seen;
    };

    const moving = weightLayout(spec).filter(({ role }) => role === 'statistic');
    expect(statistics(0).length).toBe(moving.reduce((sum, { shape }) => sum + shape[0]!, 0));
    expect(statistics(100)).toEqual(statistics(0));
  });
});

describe('clips mixed after pooling', () => {
  const spec = smallSpec('attention pooling with an MLP');
  const weights = trainedLooking(spec);
  const clips = asFloats(byteClips([4, 4, 4], spec.width));

  /** Logits `[clips, labels]` of a training step. */
  async function logits(mix: number[][] | undefined, of = clips): Promise<Float32Array> {
    const { tf } = await openEngine('wasm');
    return tf.tidy(() => {
      const tensors = Object.fromEntries(
        [...weights].map(([name, { shape, values }]) => [name, tf.tensor(values, [...shape])]),
      );
      const frames = tf.tensor3d(
        of.flatMap((clip) => [...clip]),
        [of.length, 4, spec.width],
      );
      const pass = { dropoutMasks: [], dropout: 0, mix: mix && tf.tensor2d(mix), onStatistics: () => {} };
      return forward(tf, spec, tensors, frames, tf.ones([of.length, 4]), pass).values.dataSync<'float32'>();
    });
  }

  it('are each other when each is mixed wholly with another', async () => {
    const swapped = await logits([
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
    const expected = await logits(undefined, [clips[1]!, clips[0]!, clips[2]!]);
    expect(largestDifference(swapped, expected)).toBeLessThan(1e-6);
    expect(largestDifference(swapped, await logits(undefined))).toBeGreaterThan(1e-2);
  });

  it('are the mixed frames where attention is the same on every frame', async () => {
    const still = clips.map((clip) => {
      const frame = clip.subarray(0, spec.width);
      return Float32Array.from({ length: 4 * spec.width }, (_, i) => frame[i % spec.width]!);
    });
    const between = still.map((clip, i) =>
      clip.map((value, at) => 0.75 * value + 0.25 * still[(i + 1) % 3]![at]!),
    );
    const mix = [
      [0.75, 0.25, 0],
      [0, 0.75, 0.25],
      [0.25, 0, 0.75],
    ];
    expect(largestDifference(await logits(mix, still), await logits(undefined, between))).toBeLessThan(1e-5);
  });
});

type StatisticsReceiver = NonNullable<Parameters<typeof forward>[5]>['onStatistics'];
