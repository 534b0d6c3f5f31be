import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';
import { forward } from '../model/forward.ts';
import { dropoutShapes, weightLayout } from '../model/layout.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { meanCrossEntropy } from '../model/outputs.ts';
import { randomFor } from '../model/random-streams.ts';
import type { Batch } from './batch.ts';
import { dropoutMask } from './dropout-masks.ts';

export interface StepGradients {
  /** Mean binary cross-entropy over clips and labels. */
  readonly loss: number;
  /** Of the trained weights, by name. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** Batch-norm statistics of the batch, by the names of the moving ones. */
  readonly statistics: ReadonlyMap<string, Float32Array>;
}

export interface GradientOptions {
  readonly tf: Tf;
  readonly spec: ModelSpec;
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly batch: Batch;
  /** Seed and step decide which units are dropped, the same in a resumed run and on every engine. */
  readonly seed: number;
  readonly step: number;
}

/** Loss and gradients of a batch, by automatic differentiation; leaves no tensor behind. */
export function computeGradients(options: GradientOptions): StepGradients {
  const { tf, spec, weights, batch } = options;
  const slots = weightLayout(spec);
  const trained = slots.filter(({ role }) => role === 'trained');
  const tensorOf = ({ name, shape }: { name: string; shape: readonly number[] }): Tensor =>
    tf.tensor(weights.get(name)!, [...shape]);

  let result: StepGradients | undefined;
  // Not as the value of tidy: it would search the arrays for tensors, number by number.
  tf.tidy(() => {
    const fixed: Record<string, Tensor> = {};
    for (const slot of slots) if (slot.role === 'fixed') fixed[slot.name] = tensorOf(slot);
    const frames = tf.tensor3d(batch.frames, [batch.clips, spec.maxFrames, spec.width]);
    const mask = tf.tensor2d(batch.mask, [batch.clips, spec.maxFrames]);
    const targets = tf.tensor2d(batch.targets, [batch.clips, spec.labels]);
    const dropoutMasks = dropoutTensors(options);
    const kept = new Map<string, Tensor1D>();

    const loss = (...tensors: Tensor[]): Scalar => {
      const named = { ...fixed };
      for (const [i, { name }] of trained.entries()) named[name] = tensors[i]!;
      const outputs = forward(tf, spec, named, frames, mask, {
        dropoutMasks,
        onStatistics: (layer, mean, variance) => {
          kept.set(`${layer}/mean`, tf.keep(mean)).set(`${layer}/variance`, tf.keep(variance));
        },
      });
      return meanCrossEntropy(tf, outputs, targets);
    };

    try {
      const { value, grads } = tf.valueAndGrads(loss)(trained.map(tensorOf));
      result = {
        loss: value.dataSync<'float32'>()[0]!,
        gradients: new Map(trained.map(({ name }, i) => [name, grads[i]!.dataSync<'float32'>()])),
        statistics: new Map([...kept].map(([name, tensor]) => [name, tensor.dataSync<'float32'>()])),
      };
    } finally {
      for (const tensor of kept.values()) tensor.dispose();
    }
  });
  return result!;
}

function dropoutTensors({ tf, spec, batch, seed, step }: GradientOptions): Tensor2D[] {
  const { model } = spec;
  if (model.head === 'linear') return [];
  return dropoutShapes(spec, batch.clips).map(([rows, width], layer) => {
    const mask = dropoutMask(rows * width, model.dropout, randomFor('dropout', seed, step, layer));
    return tf.tensor2d(mask, [rows, width]);
  });
}
