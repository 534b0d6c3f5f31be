import type { Engine } from '../../../shared/engine/engine.ts';
import { forward } from '../../../shared/model/forward.ts';
import { weightLayout } from '../../../shared/model/layout.ts';
import { type ModelSpec, modelSpecSchema } from '../../../shared/model/model-spec.ts';
import { probabilitiesOf } from '../../../shared/model/outputs.ts';
import { sizeOf, type Weight, type Weights } from '../../../shared/model/weights.ts';
import { SeededRandom } from '../../../shared/random/seeded-random.ts';

const sizes = { labels: 5, width: 6, maxFrames: 4 };
const specOf = (model: object): ModelSpec => modelSpecSchema.parse({ model, ...sizes });

/** One small model of each kind and option, unlike sizes everywhere. */
export const smallSpecs: readonly [string, ModelSpec][] = [
  ['linear', specOf({ head: 'linear' })],
  ['mlp', specOf({ head: 'mlp', hidden: [7, 8] })],
  ['attention pooling with an MLP', specOf({ head: 'attention-pooling-mlp', heads: 3, hidden: [7, 8] })],
  ['max pooling', specOf({ head: 'max-pooling', hidden: 9 })],
  ['average pooling', specOf({ head: 'average-pooling', hidden: 9 })],
  ['single attention', specOf({ head: 'single-attention', hidden: 9 })],
  ['multi-level attention', specOf({ head: 'multi-attention', hidden: 9 })],
  ['feature-level attention', specOf({ head: 'feature-attention', hidden: 9 })],
  [
    "single attention in PyTorch's form",
    specOf({ head: 'single-attention', hidden: 9, inputNorm: true, attention: 'sigmoid' }),
  ],
  [
    "multi-level attention in PyTorch's form",
    specOf({ head: 'multi-attention', hidden: 9, inputNorm: true, attention: 'sigmoid', blocks: 'shared' }),
  ],
  [
    "multi-level attention in Yu's form",
    specOf({ head: 'multi-attention', hidden: 9, inputNorm: true, logitNorm: true }),
  ],
  [
    'feature-level attention with softmax',
    specOf({ head: 'feature-attention', hidden: 9, inputNorm: true, attention: 'softmax' }),
  ],
];

export function smallSpec(name: string): ModelSpec {
  const found = smallSpecs.find(([known]) => known === name);
  if (found === undefined) throw new Error(`no small model ${name}`);
  return found[1];
}

/** Weights as after training: nothing at its neutral value, variances and deviations above 0. */
export function trainedLooking(spec: ModelSpec, seed = 1): Map<string, Weight> {
  const random = new SeededRandom(seed);
  return new Map(
    weightLayout(spec).map(({ name, shape }) => {
      const positive = name.endsWith('/variance') || name.endsWith('/deviation') || name.endsWith('/gamma');
      const draw = () => (positive ? 0.5 + random.uniform() : random.normal() / 2);
      return [name, { shape, values: Float32Array.from({ length: sizeOf(shape) }, draw) }];
    }),
  );
}

/** Clips of the given frame counts with random frames of whole bytes. */
export function byteClips(counts: readonly number[], width: number, seed = 2): Uint8Array[] {
  const random = new SeededRandom(seed);
  return counts.map((count) => Uint8Array.from({ length: count * width }, () => random.below(256)));
}

/** Probabilities `[clips, labels]` of clips padded with zeros to `time` frames. */
export function probabilitiesOfClips(
  { tf }: Engine,
  spec: ModelSpec,
  weights: Weights,
  clips: readonly Float32Array[],
  time: number,
): Float32Array {
  const frames = new Float32Array(clips.length * time * spec.width);
  const mask = new Float32Array(clips.length * time);
  for (const [i, clip] of clips.entries()) {
    frames.set(clip, i * time * spec.width);
    mask.fill(1, i * time, i * time + clip.length / spec.width);
  }
  const probabilities = tf.tidy(() => {
    const tensors = Object.fromEntries(
      [...weights].map(([name, { shape, values }]) => [name, tf.tensor(values, [...shape])]),
    );
    const input = tf.tensor3d(frames, [clips.length, time, spec.width]);
    return probabilitiesOf(tf, forward(tf, spec, tensors, input, tf.tensor2d(mask, [clips.length, time])));
  });
  const values = probabilities.dataSync<'float32'>();
  probabilities.dispose();
  return values;
}

export function asFloats(clips: readonly Uint8Array[]): Float32Array[] {
  return clips.map((clip) => Float32Array.from(clip, (byte) => (byte - 128) / 128));
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
