import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';
import { networksOf, type ServedSpec } from './ensemble.ts';
import { trunkOf } from './forward.ts';
import { createLayers, type WeightTensors } from './layers.ts';
import type { ModelSpec } from './model-spec.ts';

/** The layer whose sigmoid is the probability of a frame, in the heads that have it before they pool over time. */
const frameLayers: Readonly<Record<string, string>> = {
  'max-pooling': 'output',
  'average-pooling': 'output',
  'single-attention': 'classify',
};

/** That each network of the model scores single frames. */
export function scoresFrames(spec: ServedSpec): boolean {
  return networksOf(spec).every(({ spec: { model } }) => frameLayers[model.head] !== undefined);
}

/**
 * Probabilities of each frame by itself, `[frames, labels]` in [0, 1], of a model that `scoresFrames`.
 *
 * @param frames `[frames, width]`, preprocessed
 */
export function frameProbabilities(
  tf: Tf,
  { model }: ModelSpec,
  weights: WeightTensors,
  frames: Tensor2D,
): Tensor2D {
  const layers = createLayers({ tf, weights });
  const layer = frameLayers[model.head];
  if (layer === undefined) throw new Error(`${model.head} does not score frames`);
  // Weighs the rows in the statistics of a training batch, which this is none of.
  const rowShare = tf.fill([1, frames.shape[0]], 1 / frames.shape[0]) as Tensor2D;
  const { third } = trunkOf(layers, frames, rowShare);
  return tf.sigmoid(layers.normalise(layer, layers.dense(layer, third), rowShare));
}
