import type { Clip } from '../../../shared/dataset/clip-table.ts';
import { type EmbeddingSpace, ownShare, width } from './embedding-space.ts';
import { eventAmplitude } from './sound-events.ts';
import { syntheticLabels } from './synthetic-labels.ts';

const labels = syntheticLabels.length;

/**
 * Growth of the log odds from no event to an event at gain 1. It sets the Bayes ceiling: without limit
 * the labels would follow from the frames (ceiling 1), at 0 they would be chance.
 */
const steepness = 7.5;

/**
 * `[clips, labels, maxFrames]` as `odds[(clip * labels + label) * maxFrames + frame]`: the odds that the
 * frame makes the label positive, before the label's bias; 0 behind the last frame.
 */
export interface FrameOdds {
  readonly clips: number;
  readonly maxFrames: number;
  readonly odds: Float64Array;
}

/** Reads the quantised frames, never the latent values, so that the posteriors are exact given the data. */
export function frameOddsOf(clips: readonly Clip[], space: EmbeddingSpace, maxFrames: number): FrameOdds {
  const { weights, offsets } = frameUnits(space);
  const odds = new Float64Array(clips.length * labels * maxFrames);
  const frame = new Float64Array(width);
  for (const [row, { frames, frameCount }] of clips.entries()) {
    for (let t = 0; t < frameCount; t++) {
      frame.set(frames.subarray(t * width, (t + 1) * width));
      for (let label = 0; label < labels; label++) {
        const logOdds = offsets[label]! + productAt(weights, label * width, frame);
        odds[(row * labels + label) * maxFrames + t] = Math.exp(logOdds);
      }
    }
  }
  return { clips: clips.length, maxFrames, odds };
}

/** Four sums at a time: one alone waits for itself, and this is most of the teacher's work. */
function productAt(weights: Float64Array, start: number, frame: Float64Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < width; i += 4) {
    a += weights[start + i]! * frame[i]!;
    b += weights[start + i + 1]! * frame[i + 1]!;
    c += weights[start + i + 2]! * frame[i + 2]!;
    d += weights[start + i + 3]! * frame[i + 3]!;
  }
  return a + b + c + d;
}

/** Each label listens along its own direction; a child's own part is the weaker one, so it is scaled up. */
function frameUnits({ backgroundMean, scale, directions }: EmbeddingSpace) {
  const weights = new Float64Array(labels * width);
  const offsets = new Float64Array(labels);
  for (const { index, parent } of syntheticLabels) {
    const strength = eventAmplitude * (parent === null ? 1 : ownShare);
    for (let d = 0; d < width; d++) {
      const weight = (steepness * directions[index * width + d]!) / (strength * scale[d]!);
      weights[index * width + d] = weight;
      // Flooring moved every value down by half a step on average.
      offsets[index]! -= weight * (backgroundMean[d]! - 0.5);
    }
  }
  return { weights, offsets };
}

/**
 * Noisy-or over the frames: 1 - Π_t (1 - σ(logOdds_t + bias)), written with `factor` = exp(bias) as
 * 1 - 1 / Π_t (1 + factor * odds_t).
 */
export function noisyOr({ odds, maxFrames }: FrameOdds, clip: number, label: number, factor: number): number {
  const start = (clip * labels + label) * maxFrames;
  let product = 1;
  for (let t = start; t < start + maxFrames; t++) product *= 1 + factor * odds[t]!;
  return 1 - 1 / product;
}
