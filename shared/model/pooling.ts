import type { GradSaveFunc, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';

/** Keeps clip(a, 1e-7, 1 - 1e-7) of the reference's attention. */
export const attentionFloor = 1e-7;

/** Added to what stands behind a clip's end, so that it is never the largest. */
export const behindTheEnd = -1e30;

/** Ways from `[clips · frames, units]` to `[clips, units]`; only a clip's own frames count. */
export interface Pooling {
  /** Mean over time. */
  mean(x: Tensor2D): Tensor2D;
  /** Maximum over time; equal largest frames share the gradient, as in TensorFlow. */
  max(x: Tensor2D): Tensor2D;
  /**
   * Σₜ αₜ xₜ, with α the attention of each frame (softmax or sigmoid of the logits, clipped as in the
   * reference), then normalised over the clip's own frames for each unit.
   */
  attend(x: Tensor2D, logits: Tensor2D, attention: 'softmax' | 'sigmoid'): Tensor2D;
  /**
   * A weighted mean of the frames for each head, joined: weights are the softmax over the clip's own frames.
   *
   * @param logits `[clips · frames, heads]`
   * @returns `[clips, heads · units]`, the units of the first head first
   */
  attendByHeads(x: Tensor2D, logits: Tensor2D): Tensor2D;
}

/** @param mask `[clips, frames]`: 1 for frames of the clip and 0 behind its end, at least one 1 a clip */
export function createPooling(tf: Tf, mask: Tensor2D): Pooling {
  const [clips, frames] = mask.shape;
  const byTime = (x: Tensor2D): Tensor3D => tf.reshape(x, [clips, frames, x.shape[1]]);
  const rowMask = tf.reshape(mask, [clips * frames, 1]);
  const ownAlone = (x: Tensor2D) => tf.add<Tensor2D>(x, tf.mul(tf.sub(1, rowMask), behindTheEnd));
  const overTime = (x: Tensor2D) => tf.sum<Tensor2D>(byTime(x), 1);

  return {
    mean: (x) => tf.div(overTime(tf.mul(x, rowMask)), tf.sum(mask, 1, true)),
    max: (x) => sharedMax(tf, byTime(ownAlone(x))),
    attend: (x, logits, attention) => {
      const open: Tensor2D = attention === 'softmax' ? tf.softmax(logits) : tf.sigmoid(logits);
      return attendedMean(tf, byTime(x), byTime(open), tf.expandDims(mask, 2));
    },
    attendByHeads: (x, logits) => {
      const share = tf.softmax(tf.transpose(byTime(ownAlone(logits)), [0, 2, 1]));
      return tf.reshape(tf.matMul(share, byTime(x)), [clips, logits.shape[1] * x.shape[1]]);
    },
  };
}

/**
 * Σₜ αₜ xₜ / Σₜ αₜ with α = mask · clip(open). Differentiated by hand, in half the passes of automatic differentiation:
 * with y what comes out, it falls on xₜ as αₜ / Σ α, and on what is open as (xₜ - y) / Σ α, where that is not clipped.
 *
 * @param x `[clips, frames, units]`, as is `open`
 * @param mask `[clips, frames, 1]`
 */
function attendedMean(tf: Tf, x: Tensor3D, open: Tensor3D, mask: Tensor3D): Tensor2D {
  const mean = tf.customGrad((...args: unknown[]) => {
    const [values, opened, save] = args as [Tensor3D, Tensor3D, GradSaveFunc];
    const share = tf.mul<Tensor3D>(tf.clipByValue(opened, attentionFloor, 1 - attentionFloor), mask);
    const total = tf.sum<Tensor3D>(share, 1, true);
    const value = tf.div<Tensor3D>(tf.sum(tf.mul(share, values), 1, true), total);
    save([values, opened, share, total, value]);
    const gradFunc = (dy: Tensor3D, saved: Tensor[]) => {
      const [ofValues, ofOpened, ofShare, ofTotal, y] = saved as Tensor3D[];
      const each = tf.div<Tensor3D>(dy, ofTotal!);
      // Unlike where it is clipped, and behind a clip's end.
      const isOwn = tf.cast(tf.equal(ofOpened!, ofShare!), 'float32');
      const toOpened = tf.mul(tf.mul(tf.sub(ofValues!, y!), each), isOwn);
      return [tf.mul(ofShare!, each), toOpened];
    };
    return { value, gradFunc: gradFunc as never };
  });
  return tf.squeeze(mean(x, open), [1]);
}

/** Maximum over axis 1. The stock gradient gives each of several equal largest ones the whole gradient. */
function sharedMax(tf: Tf, x: Tensor3D): Tensor2D {
  const largest = tf.customGrad((input, save) => {
    const value = tf.max<Tensor2D>(input as Tensor3D, 1);
    (save as (tensors: unknown[]) => void)([input, value]);
    const gradFunc = (dy: Tensor2D, saved: unknown) => {
      const [of, top] = saved as [Tensor3D, Tensor2D];
      const isTop = tf.cast(tf.equal(of, tf.expandDims(top, 1)), 'float32');
      return tf.mul(isTop, tf.expandDims(tf.div(dy, tf.sum(isTop, 1)), 1));
    };
    return { value, gradFunc };
  });
  return largest(x) as Tensor2D;
}

/** Mean over a clip's own frames: `[clips, frames, width]`, `[clips, frames]` → `[clips, width]`. */
export function maskedTimeMean(tf: Tf, frames: Tensor3D, mask: Tensor2D): Tensor2D {
  const total = tf.sum<Tensor2D>(tf.mul(frames, tf.expandDims(mask, 2)), 1);
  return tf.div(total, tf.sum(mask, 1, true));
}
