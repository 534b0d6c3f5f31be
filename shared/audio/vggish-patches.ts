import { framesIn, hopSamples, logMel, melCount, spectrogram, vggishRate, windowSamples } from './log-mel.ts';
import type { Waveform } from './read-wav.ts';
import { resample } from './resample.ts';

/** Frames of 10 ms that VGGish makes one embedding of; patches do not overlap. */
export const patchFrames = 96;
/** From the start of one patch to the next. */
export const patchSeconds = (patchFrames * hopSamples) / vggishRate;
export const patchValues = patchFrames * melCount;
/** Samples at 16 kHz that hold one patch: the last window reaches beyond the 0.96 s. */
export const shortestSamples = (patchFrames - 1) * hopSamples + windowSamples;

/** Whole patches in seconds of sound, as VGGish counts them. */
export const patchesIn = (samples: number, sampleRate: number) =>
  Math.floor(framesIn(Math.floor((samples * vggishRate) / sampleRate)) / patchFrames);

/** What VGGish sees of a sound: `[patches, 96, 64]` row-major; what is left at the end is no patch. */
export function vggishPatches({ samples, sampleRate }: Waveform): Float32Array {
  const values = logMel(spectrogram(resample(samples, sampleRate, vggishRate)));
  return values.subarray(0, Math.floor(values.length / patchValues) * patchValues);
}
