import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';
import {
  attendOverTime,
  createLayers,
  type Layers,
  maskedTimeMean,
  type TrainingPass,
  type WeightTensors,
} from './layers.ts';
import type { MlpSpec, ModelSpec, MultiAttentionSpec } from './model-spec.ts';

/**
 * Logits of a batch; σ of them are the probabilities.
 *
 * @param weights tensors by the names of the model's layout
 * @param frames `[clips, frames, width]`, preprocessed; what stands behind a clip's end has no effect
 * @param mask `[clips, frames]`: 1 for the clip's frames, 0 behind its end, at least one 1 a clip
 * @param training given in a training step: batch statistics instead of moving ones, and dropout
 * @returns `[clips, labels]`
 */
export function forward(
  tf: Tf,
  spec: ModelSpec,
  weights: WeightTensors,
  frames: Tensor3D,
  mask: Tensor2D,
  training?: TrainingPass,
): Tensor2D {
  const layers = createLayers({ tf, weights, folded: spec.normalisation === 'folded', training });
  return spec.kind === 'mlp'
    ? mlp(tf, spec, layers, weights, frames, mask)
    : multiAttention(tf, spec, layers, frames, mask);
}

function mlp(
  tf: Tf,
  spec: MlpSpec,
  layers: Layers,
  weights: WeightTensors,
  frames: Tensor3D,
  mask: Tensor2D,
): Tensor2D {
  const clips = frames.shape[0];
  const rowShare = tf.fill([1, clips], 1 / clips) as Tensor2D;
  let x = maskedTimeMean(tf, frames, mask);
  if (spec.normalisation === 'separate') {
    x = tf.div(tf.sub(x, weights['input/mean']!), weights['input/deviation']!);
  }
  for (const index of spec.hidden.keys()) x = layers.hidden(`hidden${index + 1}`, index, x, rowShare);
  return layers.dense('output', x);
}

function multiAttention(
  tf: Tf,
  spec: MultiAttentionSpec,
  layers: Layers,
  frames: Tensor3D,
  mask: Tensor2D,
): Tensor2D {
  const [clips, time] = mask.shape;
  const rows = clips * time;
  const rowShare = tf.reshape(tf.div(mask, tf.sum(mask)), [1, rows]) as Tensor2D;
  const attend = (level: 2 | 3, x: Tensor2D) =>
    attendOverTime(tf, layers.dense(`classify${level}`, x), layers.dense(`attend${level}`, x), mask);

  const input = tf.reshape(frames, [rows, spec.width]) as Tensor2D;
  const first = layers.hidden('hidden1', 0, input, rowShare);
  const second = layers.hidden('hidden2', 1, first, rowShare);
  const third = layers.hidden('hidden3', 2, second, rowShare);
  return layers.dense('output', tf.concat([attend(2, second), attend(3, third)], 1));
}
