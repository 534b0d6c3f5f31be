import { symmetricBeta } from '../random/beta-variate.ts';
import type { SeededRandom } from '../random/seeded-random.ts';
import type { Batch } from './batch.ts';

/**
 * Mixes each clip of a batch with another one: share λ of its own frames and targets, 1 - λ of the other's, λ drawn
 * from Beta(alpha, alpha) (Zhang et al., "mixup", ICLR 2018). A frame that only one of the two has is taken from that
 * one whole, so that padding is never mixed in.
 */
export function mixUp(batch: Batch, alpha: number, random: SeededRandom): Batch {
  const { clips } = batch;
  const { partners, shares } = drawMix(clips, alpha, random);
  const time = batch.mask.length / clips;
  const width = batch.frames.length / batch.mask.length;
  const labels = batch.targets.length / clips;
  const mixed: Batch = {
    clips,
    frames: new Float32Array(batch.frames.length),
    mask: new Float32Array(batch.mask.length),
    targets: new Float32Array(batch.targets.length),
  };
  for (const [clip, partner] of partners.entries()) {
    const share = shares[clip]!;
    mixRow(mixed.targets, batch.targets, clip * labels, partner * labels, labels, share);
    for (let t = 0; t < time; t++) {
      const own = share * batch.mask[clip * time + t]!;
      const other = (1 - share) * batch.mask[partner * time + t]!;
      if (batch.mask[clip * time + t] === 0 && batch.mask[partner * time + t] === 0) continue;
      mixed.mask[clip * time + t] = 1;
      // When the whole share lies with the one that has no frame here, the frame that there is counts.
      const ownShare = own + other > 0 ? own / (own + other) : batch.mask[clip * time + t]!;
      const [to, from] = [(clip * time + t) * width, (partner * time + t) * width];
      mixRow(mixed.frames, batch.frames, to, from, width, ownShare);
    }
  }
  return mixed;
}

/** The same of clips that a model pools first, mixed once they are pooled: the batch says how. */
export function mixUpPooled(batch: Batch, alpha: number, random: SeededRandom): Batch {
  const { clips } = batch;
  const { partners, shares } = drawMix(clips, alpha, random);
  const labels = batch.targets.length / clips;
  const targets = new Float32Array(batch.targets.length);
  const mix = new Float32Array(clips * clips);
  for (const [clip, partner] of partners.entries()) {
    const share = shares[clip]!;
    mixRow(targets, batch.targets, clip * labels, partner * labels, labels, share);
    mix[clip * clips + clip]! += share;
    mix[clip * clips + partner]! += 1 - share;
  }
  return { ...batch, targets, mix };
}

/** Whom each clip is mixed with, and its own share. */
function drawMix(
  clips: number,
  alpha: number,
  random: SeededRandom,
): { partners: Uint32Array; shares: Float64Array } {
  const partners = Uint32Array.from({ length: clips }, (_, clip) => clip);
  random.shuffle(partners);
  return { partners, shares: Float64Array.from(partners, () => symmetricBeta(random, alpha)) };
}

/** `to[at + i]` = share · of[at + i] + (1 - share) · of[other + i]. */
function mixRow(
  to: Float32Array,
  of: Float32Array,
  at: number,
  other: number,
  length: number,
  share: number,
): void {
  for (let i = 0; i < length; i++) to[at + i] = share * of[at + i]! + (1 - share) * of[other + i]!;
}
