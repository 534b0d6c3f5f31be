import type { SeededRandom } from '../../../shared/random/seeded-random.ts';
import { childrenOf, syntheticLabels } from './synthetic-labels.ts';

/** One sound in a clip, over frames `start .. end - 1`. */
export interface SoundEvent {
  readonly label: number;
  readonly start: number;
  readonly end: number;
  /** Loudness, as a factor on the template. */
  readonly gain: number;
}

/** Length of an event's template at gain 1, in units of the latent scale. */
export const eventAmplitude = 8.5;

const gainMinimum = 0.7;
const gainRange = 0.5;
/** Below 1, so that long windows are more frequent than short ones. */
const windowExponent = 0.45;

/**
 * Clips with a sound of their own for each label. What a child brings to its parent, through closure or
 * by sounding alike, is left out of the parent's share; the factor 0.7 leaves room for the labels that
 * the teacher gives without any event.
 */
const eventShares = syntheticLabels.map(({ index, prevalence }) => {
  const brought = childrenOf(index).map((child) => {
    const { prevalence: share, closure } = syntheticLabels[child]!;
    return share * Math.max(closure, 0.5);
  });
  return 0.7 * Math.max(0.01, prevalence - brought.reduce((sum, share) => sum + share, 0));
});

/** At least one event; windows of 1 to `frameCount` frames, mostly long but seldom the whole clip. */
export function drawSoundEvents(frameCount: number, random: SeededRandom): SoundEvent[] {
  for (;;) {
    const events: SoundEvent[] = [];
    for (const [label, share] of eventShares.entries()) {
      if (random.uniform() >= share) continue;
      const length = 1 + Math.floor(frameCount * random.uniform() ** windowExponent);
      const start = random.below(frameCount - length + 1);
      events.push({ label, start, end: start + length, gain: gainMinimum + gainRange * random.uniform() });
    }
    if (events.length > 0) return events;
  }
}

/** `[labels]`: gain of the label's event in a frame of a 10-frame clip, on average, 0 where it is silent. */
export const meanActivations: readonly number[] = (() => {
  const noEvent = eventShares.reduce((product, share) => product * (1 - share), 1);
  let meanLength = 1;
  for (let length = 1; length < 10; length++) meanLength += 1 - (length / 10) ** (1 / windowExponent);
  const meanGain = gainMinimum + gainRange / 2;
  return eventShares.map((share) => (share / (1 - noEvent)) * (meanLength / 10) * meanGain);
})();
