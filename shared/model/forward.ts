import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';
import { createLayers, type Layers, type TrainingPass, type WeightTensors } from './layers.ts';
import {
  type ConfigOf,
  type FrameConfig,
  type ModelSpec,
  type PoolingFirstHead,
  poolsFirst,
  seesTimeMean,
} from './model-spec.ts';
import type { ModelOutputs } from './outputs.ts';
import { createPooling, maskedTimeMean } from './pooling.ts';

/**
 * The outputs of a batch.
 *
 * @param weights tensors by the names of the model's layout
 * @param frames `[clips, frames, width]`, preprocessed; what stands behind a clip's end has no effect
 * @param mask `[clips, frames]`: 1 for the clip's frames, 0 behind its end, at least one 1 a clip
 * @param training given in a training step: batch statistics instead of moving ones, and dropout
 */
export function forward(
  tf: Tf,
  { model, width }: ModelSpec,
  weights: WeightTensors,
  frames: Tensor3D,
  mask: Tensor2D,
  training?: TrainingPass,
): ModelOutputs {
  const layers = createLayers({ tf, weights, training });
  const rows = () => tf.reshape(frames, [-1, width]) as Tensor2D;
  if (!poolsFirst(model)) return fromFrames({ tf, layers, mask, input: rows() }, model);
  if (seesTimeMean(model)) {
    const mean = standardise(tf, weights, maskedTimeMean(tf, frames, mask));
    return { scale: 'logit', values: fromPooled(tf, model, layers, mean) };
  }
  const input = standardise(tf, weights, rows());
  const means = createPooling(tf, mask).attendByHeads(input, layers.dense('attend', input));
  return { scale: 'logit', values: fromPooled(tf, model, layers, layers.mix(means)) };
}

function standardise(tf: Tf, weights: WeightTensors, x: Tensor2D): Tensor2D {
  const { 'input/mean': mean, 'input/deviation': deviation } = weights;
  // Folded.
  if (mean === undefined || deviation === undefined) return x;
  return tf.div(tf.sub(x, mean), deviation);
}

function fromPooled(tf: Tf, model: ConfigOf<PoolingFirstHead>, layers: Layers, pooled: Tensor2D): Tensor2D {
  const rowShare = clipShare(tf, pooled.shape[0]);
  let x = pooled;
  const depth = model.head === 'linear' ? 0 : model.hidden.length;
  for (let i = 0; i < depth; i++) x = layers.hidden(`hidden${i + 1}`, i, x, rowShare);
  return layers.dense('output', x);
}

/** Every clip weighs the same. */
const clipShare = (tf: Tf, clips: number) => tf.fill([1, clips], 1 / clips) as Tensor2D;

interface FramePass {
  readonly tf: Tf;
  readonly layers: Layers;
  readonly mask: Tensor2D;
  /** `[clips · frames, width]` */
  readonly input: Tensor2D;
}

/** What the second and the third layer say of each frame, `[rows, units]`. */
export function trunkOf(
  layers: Layers,
  input: Tensor2D,
  rowShare: Tensor2D,
): { readonly second: Tensor2D; readonly third: Tensor2D } {
  const first = layers.hidden('hidden1', 0, layers.normalise('input', input, rowShare), rowShare);
  const second = layers.hidden('hidden2', 1, first, rowShare);
  return { second, third: layers.hidden('hidden3', 2, second, rowShare) };
}

function fromFrames({ tf, layers, mask, input }: FramePass, model: FrameConfig): ModelOutputs {
  const rowShare = tf.reshape(tf.div(mask, tf.sum(mask)), [1, input.shape[0]]) as Tensor2D;
  const pooling = createPooling(tf, mask);
  const { second, third } = trunkOf(layers, input, rowShare);
  const logits = (layer: string, x: Tensor2D) => layers.denseNorm(layer, x, rowShare);
  const attended = (x: Tensor2D, attention: 'softmax' | 'sigmoid', block = '') =>
    pooling.attend(tf.sigmoid(logits(`classify${block}`, x)), logits(`attend${block}`, x), attention);

  switch (model.head) {
    case 'max-pooling':
      // σ rises, so that the largest probability is that of the largest logit.
      return { scale: 'logit', values: pooling.max(layers.dense('output', third)) };
    case 'average-pooling':
      return { scale: 'probability', values: pooling.mean(tf.sigmoid(layers.dense('output', third))) };
    case 'single-attention':
      return { scale: 'probability', values: attended(third, model.attention) };
    case 'multi-attention': {
      const [low, high] = model.blocks === 'shared' ? ['', ''] : ['2', '3'];
      const levels = [attended(second, model.attention, low), attended(third, model.attention, high)];
      const share = clipShare(tf, mask.shape[0]);
      return { scale: 'logit', values: layers.denseNorm('output', tf.concat(levels, 1) as Tensor2D, share) };
    }
    case 'feature-attention': {
      const share = clipShare(tf, mask.shape[0]);
      const pooled = pooling.attend(
        layers.dense('feature', third),
        layers.dense('attend', third),
        model.attention,
      );
      const active = layers.drop(3, tf.relu(layers.normalise('feature', pooled, share)));
      return { scale: 'logit', values: layers.dense('output', active) };
    }
  }
}
