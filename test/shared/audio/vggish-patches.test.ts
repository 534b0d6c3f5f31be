import { describe, expect, it } from 'vitest';
import { logMel, spectrogram, spectrumBins } from '../../../shared/audio/log-mel.ts';
import { melBands } from '../../../shared/audio/mel-bands.ts';
import {
  patchesIn,
  patchSeconds,
  patchValues,
  shortestSamples,
  vggishPatches,
} from '../../../shared/audio/vggish-patches.ts';

const noise = (length: number) => {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 1_073_741_824 - 1;
  });
};

/** By the definition, without a fast transform. */
function magnitude(samples: Float32Array, frame: number, bin: number): number {
  let [real, imaginary] = [0, 0];
  for (let i = 0; i < 400; i++) {
    const value = samples[frame * 160 + i]! * Math.sin((Math.PI * i) / 400) ** 2;
    real += value * Math.cos((2 * Math.PI * bin * i) / 512);
    imaginary -= value * Math.sin((2 * Math.PI * bin * i) / 512);
  }
  return Math.hypot(real, imaginary);
}

describe("VGGish's front end", () => {
  it('has the spectrum of windows of 25 ms every 10 ms', () => {
    const samples = noise(1000);
    const magnitudes = spectrogram(samples);
    expect(magnitudes).toHaveLength(4 * spectrumBins);
    for (const frame of [0, 3]) {
      for (let bin = 0; bin < spectrumBins; bin++) {
        expect(magnitudes[frame * spectrumBins + bin]).toBeCloseTo(magnitude(samples, frame, bin), 9);
      }
    }
  });

  it('has 64 triangles whose neighbours add up to one, from 125 to 7500 Hz', () => {
    const bands = melBands(spectrumBins, 16_000, { bands: 64, lowest: 125, highest: 7500 });
    const total = new Float64Array(spectrumBins);
    for (const { first, weights } of bands)
      for (const [i, weight] of weights.entries()) total[first + i]! += weight;
    const hertz = (bin: number) => bin * 31.25;
    for (const [bin, sum] of total.entries()) {
      if (hertz(bin) <= 125 || hertz(bin) >= 7500) expect(sum).toBeCloseTo(0, 12);
      // Between the middles of the first and the last band.
      if (hertz(bin) >= 160 && hertz(bin) <= 7200) expect(sum).toBeCloseTo(1, 12);
    }
  });

  it('hears silence as the logarithm of its offset', () => {
    expect(new Set(vggishPatches({ samples: new Float32Array(16_000), sampleRate: 16_000 }))).toEqual(
      new Set([Math.fround(Math.log(0.01))]),
    );
  });

  it('hears a tone loudest in the band that it lies in', () => {
    const samples = Float32Array.from({ length: 400 }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / 16_000));
    const values = logMel(spectrogram(samples));
    const mel = (hertz: number) => 1127 * Math.log(1 + hertz / 700);
    const band = Math.round(((mel(1000) - mel(125)) / (mel(7500) - mel(125))) * 65) - 1;
    expect(values.indexOf(Math.max(...values))).toBe(band);
  });

  it.each([
    [0, 16_000, 0],
    [shortestSamples - 1, 16_000, 0],
    [shortestSamples, 16_000, 1],
    [48_000, 16_000, 3],
    [441_000, 44_100, 10],
    [160_000, 16_000, 10],
  ])('makes of %i samples at %i Hz %i patches', (length, sampleRate, patches) => {
    expect(patchesIn(length, sampleRate)).toBe(patches);
    if (length > 200_000) return;
    expect(vggishPatches({ samples: new Float32Array(length), sampleRate })).toHaveLength(
      patches * patchValues,
    );
  });

  it('makes a patch of 0.96 seconds that knows nothing of the next', () => {
    expect(patchSeconds).toBe(0.96);
    const samples = noise(32_000);
    const all = vggishPatches({ samples, sampleRate: 16_000 });
    const second = vggishPatches({ samples: samples.slice(15_360), sampleRate: 16_000 });
    expect(all).toHaveLength(2 * patchValues);
    expect(all.subarray(patchValues)).toEqual(second);
  });
});
