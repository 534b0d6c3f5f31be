import type { SeededRandom } from '../../../shared/random/seeded-random.ts';
import { cutToByte, type EmbeddingSpace, width } from './embedding-space.ts';
import { drawSoundEvents, eventAmplitude, type SoundEvent } from './sound-events.ts';

/**
 * Variances of the background, in units of the latent scale. The released embeddings have the temporal
 * autocorrelation 0.34 + 0.25 * 0.73^lag and 0.41 of frame noise; events bring about 0.58 of correlated
 * variance themselves, so that the background keeps the rest.
 */
const clipVariance = 0.2;
const driftVariance = 0.02;
const frameVariance = 0.34;
const driftCorrelation = 0.73;

const silentShare = 0.01;

/** `[frameCount * width]` quantised frames of a clip with random events. */
export function drawClipFrames(space: EmbeddingSpace, frameCount: number, random: SeededRandom): Uint8Array {
  const latent = new Float64Array(frameCount * width);
  addBackground(latent, frameCount, random);
  for (const event of drawSoundEvents(frameCount, random)) addEvent(latent, event, space);
  const frames = new Uint8Array(latent.length);
  for (let t = 0; t < frameCount; t++) {
    const row = t * width;
    if (random.uniform() < silentShare) {
      frames.set(space.silence, row);
      continue;
    }
    for (let d = 0; d < width; d++) {
      frames[row + d] = cutToByte(space.backgroundMean[d]! + space.scale[d]! * latent[row + d]!);
    }
  }
  return frames;
}

/** Clip-constant, first-order autoregressive and white parts, all independent between dimensions. */
function addBackground(latent: Float64Array, frameCount: number, random: SeededRandom) {
  const clipScale = Math.sqrt(clipVariance);
  const driftScale = Math.sqrt(driftVariance);
  const frameScale = Math.sqrt(frameVariance);
  const innovationScale = driftScale * Math.sqrt(1 - driftCorrelation ** 2);
  for (let d = 0; d < width; d++) {
    const constant = clipScale * random.normal();
    let drift = driftScale * random.normal();
    for (let t = 0; t < frameCount; t++) {
      latent[t * width + d]! += constant + drift + frameScale * random.normal();
      drift = driftCorrelation * drift + innovationScale * random.normal();
    }
  }
}

function addEvent(latent: Float64Array, { label, start, end, gain }: SoundEvent, space: EmbeddingSpace) {
  const template = space.templates.subarray(label * width, (label + 1) * width);
  const amplitude = eventAmplitude * gain;
  for (let t = start; t < end; t++) {
    for (let d = 0; d < width; d++) latent[t * width + d]! += amplitude * template[d]!;
  }
}
