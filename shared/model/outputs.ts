import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';

/** Keras' bound on a probability in the cross-entropy. */
const probabilityFloor = 1e-7;

/**
 * What a forward pass ends with, `[clips, labels]`: logits where the last step is a sigmoid, probabilities
 * where these were averaged over time.
 */
export interface ModelOutputs {
  readonly scale: 'logit' | 'probability';
  readonly values: Tensor2D;
}

/** `[clips, labels]` in [0, 1]. */
export function probabilitiesOf(tf: Tf, { scale, values }: ModelOutputs): Tensor2D {
  // A mean of ones may come out above one. Not a clip: on WebAssembly it makes 0 of NaN, and hides it.
  return scale === 'logit' ? tf.sigmoid(values) : tf.minimum(values, 1);
}

/**
 * Mean binary cross-entropy over clips and labels. Of logits as softplus(z) - y z, without a logarithm
 * of zero; of probabilities as Keras has it, with p kept in [1e-7, 1 - 1e-7].
 *
 * @param targets `[clips, labels]` in [0, 1]
 */
export function meanCrossEntropy(tf: Tf, { scale, values }: ModelOutputs, targets: Tensor2D): Scalar {
  if (scale === 'logit') return tf.mean(tf.sub(tf.softplus(values), tf.mul(targets, values)));
  const p = tf.maximum(tf.minimum(values, 1 - probabilityFloor), probabilityFloor);
  const heard = tf.mul(targets, tf.log(p));
  const absent = tf.mul(tf.sub(1, targets), tf.log(tf.sub(1, p)));
  return tf.neg(tf.mean(tf.add(heard, absent)));
}
