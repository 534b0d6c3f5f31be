import FFT from 'fft.js';
import { type MelBand, melBands } from './mel-bands.ts';

/** Hz; everything here is as VGGish was published (Hershey et al. 2017, tensorflow/models/research/audioset). */
export const vggishRate = 16_000;
/** 25 ms. */
export const windowSamples = 400;
/** 10 ms. */
export const hopSamples = 160;
const fftSize = 512;
export const spectrumBins = fftSize / 2 + 1;
export const melCount = 64;
const scale = { bands: melCount, lowest: 125, highest: 7500 } as const;
/** Keeps the logarithm of silence finite. */
const logOffset = 0.01;

/** Whole windows only. */
export const framesIn = (samples: number) =>
  Math.max(0, Math.floor((samples - windowSamples) / hopSamples) + 1);

/** A raised cosine whose period is the window, so that its last value is not zero. */
const hann = Float64Array.from(
  { length: windowSamples },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / windowSamples),
);

/**
 * Magnitudes of the short-time Fourier transform, `[frames, 257]` row-major.
 * @param samples at 16 kHz
 */
export function spectrogram(samples: Float32Array): Float64Array {
  const frames = framesIn(samples.length);
  const magnitudes = new Float64Array(frames * spectrumBins);
  const fft = new FFT(fftSize);
  const windowed = new Float64Array(fftSize);
  const spectrum = fft.createComplexArray() as number[];
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < windowSamples; i++) windowed[i] = samples[frame * hopSamples + i]! * hann[i]!;
    fft.realTransform(spectrum, windowed);
    for (let bin = 0; bin < spectrumBins; bin++) {
      magnitudes[frame * spectrumBins + bin] = Math.hypot(spectrum[2 * bin]!, spectrum[2 * bin + 1]!);
    }
  }
  return magnitudes;
}

let bands: readonly MelBand[] | undefined;

/**
 * Stabilised logarithm of the mel spectrogram, `[frames, 64]` row-major.
 * @param magnitudes `[frames, 257]`
 */
export function logMel(magnitudes: Float64Array): Float32Array {
  bands ??= melBands(spectrumBins, vggishRate, scale);
  const frames = magnitudes.length / spectrumBins;
  const values = new Float32Array(frames * melCount);
  for (let frame = 0; frame < frames; frame++) {
    for (const [band, { first, weights }] of bands.entries()) {
      const start = frame * spectrumBins + first;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * magnitudes[start + i]!;
      values[frame * melCount + band] = Math.log(sum + logOffset);
    }
  }
  return values;
}
