import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';
import { forward } from '../model/forward.ts';
import type { WeightTensors } from '../model/layers.ts';
import { dropoutShapes, weightLayout } from '../model/layout.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { meanCrossEntropy } from '../model/outputs.ts';
import type { Batch } from './batch.ts';
import { dropoutMasks } from './dropout-masks.ts';

export interface StepGradients {
  /** Mean binary cross-entropy over clips and labels. */
  readonly loss: number;
  /** Of the trained weights, by name. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** Batch-norm statistics of the batch, by the names of the moving ones. */
  readonly statistics: ReadonlyMap<string, Float32Array>;
}

export interface StepOptions {
  readonly tf: Tf;
  readonly spec: ModelSpec;
  readonly batch: Batch;
  /** Seed and step decide which units are dropped, the same in a resumed run and on every engine. */
  readonly seed: number;
  readonly step: number;
}

export interface GradientOptions extends StepOptions {
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** `StepGradients` in the engine's memory. */
export interface GradientTensors {
  readonly loss: Scalar;
  readonly gradients: ReadonlyMap<string, Tensor>;
  readonly statistics: ReadonlyMap<string, Tensor1D>;
}

/** Loss and gradients of a batch, by automatic differentiation; leaves no tensor behind. */
export function computeGradients(options: GradientOptions): StepGradients {
  const { tf, spec, weights } = options;
  let result: StepGradients | undefined;
  // Not as the value of tidy: it would search the arrays for tensors, number by number.
  tf.tidy(() => {
    const tensors: Record<string, Tensor> = {};
    for (const { name, shape } of weightLayout(spec))
      tensors[name] = tf.tensor(weights.get(name)!, [...shape]);
    const { loss, gradients, statistics } = gradientTensors(options, tensors);
    const arrays = (of: ReadonlyMap<string, Tensor>) =>
      new Map([...of].map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]));
    result = {
      loss: loss.dataSync<'float32'>()[0]!,
      gradients: arrays(gradients),
      statistics: arrays(statistics),
    };
  });
  return result!;
}

/** The same in the engine's memory; to be called within `tf.tidy`, which disposes of the tensors. */
export function gradientTensors(options: StepOptions, weights: WeightTensors): GradientTensors {
  const { tf, spec, batch } = options;
  const trained = weightLayout(spec).filter(({ role }) => role === 'trained');
  const time = batch.mask.length / batch.clips;
  const frames = tf.tensor3d(batch.frames, [batch.clips, time, spec.width]);
  const mask = tf.tensor2d(batch.mask, [batch.clips, time]);
  const targets = tf.tensor2d(batch.targets, [batch.clips, spec.labels]);
  const mix = batch.mix && tf.tensor2d(batch.mix, [batch.clips, batch.clips]);
  const masks = dropoutTensors(options);
  const statistics = new Map<string, Tensor1D>();

  const loss = (...tensors: Tensor[]): Scalar => {
    const named = { ...weights };
    for (const [i, { name }] of trained.entries()) named[name] = tensors[i]!;
    const outputs = forward(tf, spec, named, frames, mask, {
      dropoutMasks: masks,
      dropout: spec.model.head === 'linear' ? 0 : spec.model.dropout,
      mix,
      onStatistics: (layer, mean, variance) => {
        // Kept beyond the differentiation, which disposes of what it makes.
        statistics.set(`${layer}/mean`, tf.keep(mean)).set(`${layer}/variance`, tf.keep(variance));
      },
    });
    return meanCrossEntropy(tf, outputs, targets);
  };

  try {
    const { value, grads } = tf.valueAndGrads(loss)(trained.map(({ name }) => weights[name]!));
    return {
      loss: value,
      gradients: new Map(trained.map(({ name }, i) => [name, grads[i]!])),
      statistics: new Map([...statistics].map(([name, tensor]) => [name, tf.clone(tensor)])),
    };
  } finally {
    for (const tensor of statistics.values()) tensor.dispose();
  }
}

function dropoutTensors({ tf, spec, batch, seed, step }: StepOptions): Tensor2D[] {
  const masks = batch.dropoutMasks ?? dropoutMasks(spec, batch.clips, seed, step);
  const shapes = dropoutShapes(spec, batch.clips);
  return masks.map((mask, layer) => tf.tensor2d(mask, [...shapes[layer]!]));
}
