import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logMel, melCount, spectrogram, spectrumBins, vggishRate } from '../../shared/audio/log-mel.ts';
import { melBands } from '../../shared/audio/mel-bands.ts';
import { quantise } from '../../shared/audio/quantise.ts';
import { readWav } from '../../shared/audio/read-wav.ts';
import { resample } from '../../shared/audio/resample.ts';
import { SeededRandom } from '../../shared/random/seeded-random.ts';
import { oraclePython } from './oracle-python.ts';
import { runVggishProgram } from './vggish/run-python.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'earshot-sounds-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const doubles = (name: string) =>
  new Float64Array(Uint8Array.from(readFileSync(path.join(folder, name))).buffer);
const store = (name: string, values: Float32Array) =>
  writeFileSync(path.join(folder, name), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

/** Decibels of `wanted` over its difference from `heard`. */
function signalToNoise(heard: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [signal, noise] = [0, 0];
  for (let i = 0; i < heard.length; i++) {
    signal += wanted[i]! ** 2;
    noise += (heard[i]! - wanted[i]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

describe.skipIf(oraclePython === undefined)('WAV files of libsndfile', () => {
  let cases: readonly { name: string; rate: number; channels: number }[];
  beforeAll(() => {
    cases = runVggishProgram('sounds.py', folder) as typeof cases;
  });
  const read = (name: string) => readWav(readFileSync(path.join(folder, `${name}.wav`)));

  it('are read as libsndfile reads them', () => {
    expect(cases.length).toBeGreaterThan(20);
    for (const { name, rate } of cases) {
      const { sampleRate, samples } = read(name);
      const mono = doubles(`${name}.mono`);
      expect(sampleRate, name).toBe(rate);
      expect(samples.length, name).toBe(mono.length);
      // Half a step of float32 below 1.
      expect(largestDifference(samples, mono), name).toBeLessThanOrEqual(2 ** -25);
    }
  });

  it("are resampled as SciPy's polyphase filter does with the same design, to float32", () => {
    for (const { name, rate } of cases) {
      const heard = resample(read(name).samples, rate, vggishRate);
      expect(heard.length, name).toBe(Math.floor((doubles(`${name}.mono`).length * vggishRate) / rate));
      expect(largestDifference(heard, doubles(`${name}.scipy`)), name).toBeLessThan(2e-7);
    }
  });

  it('are resampled to the very tones, and as SoXR does', () => {
    const ratios: string[] = [];
    // Rounding to whole numbers makes noise up to half the rate, where the filters' edges differ.
    const floats = cases.filter(({ name, rate }) => /FLOAT|DOUBLE/.test(name) && rate !== vggishRate);
    for (const { name, rate } of floats) {
      const heard = resample(read(name).samples, rate, vggishRate);
      const exact = doubles(`${name}.exact`);
      const soxr = doubles(`${name}.soxr`);
      const [ours, theirs] = [signalToNoise(heard, exact), signalToNoise(soxr, exact)];
      const apart = signalToNoise(heard, soxr);
      ratios.push(`${rate} Hz: ${[ours, theirs, apart].map((ratio) => ratio.toFixed(0)).join(' ')}`);
      expect(ours, name).toBeGreaterThan(120);
      expect(apart, name).toBeGreaterThan(70);
    }
    console.log(`dB of ours, of SoXR's, and of the difference: ${ratios.join(', ')}`);
  });
});

describe.skipIf(oraclePython === undefined)("VGGish's front end", () => {
  const random = new SeededRandom(3);
  const normals = (length: number, deviation: number) =>
    Float32Array.from({ length }, () => deviation * random.normal());
  // A chirp, noise and silence.
  const samples = Float32Array.from({ length: 40_000 }, (_, i) => {
    if (i > 34_000) return 0;
    return 0.4 * Math.sin(i * i * 3e-5) + (i > 20_000 ? 0.1 * random.normal() : 0);
  });
  const embeddings = normals(500 * 128, 1);
  const components = { eigenVectors: normals(128 * 128, 0.1), means: normals(128, 1) };
  let magnitudes: Float64Array;

  beforeAll(() => {
    store('samples', samples);
    store('embeddings', embeddings);
    store('eigenvectors', components.eigenVectors);
    store('means', components.means);
    runVggishProgram('features.py', folder);
    magnitudes = spectrogram(samples);
  });

  it.each(['numpy', 'tensorflow'])("has %s's spectrogram and mel spectrogram", (library) => {
    const [spectrum, mel] = [doubles(`${library}.spectrogram`), doubles(`${library}.logmel`)];
    const heard = logMel(magnitudes);
    expect(magnitudes.length).toBe(spectrum.length);
    expect(heard.length).toBe(mel.length);
    const differences = [largestDifference(magnitudes, spectrum), largestDifference(heard, mel)];
    console.log(
      `${library}: largest differences ${differences.map((value) => value.toExponential(1)).join(', ')}`,
    );
    expect(differences[0]).toBeLessThan(1e-9);
    expect(differences[1]).toBeLessThan(1e-5);
  });

  it('has the weights of the mel bands', () => {
    const bands = melBands(spectrumBins, vggishRate, { bands: melCount, lowest: 125, highest: 7500 });
    const weights = new Float64Array(spectrumBins * melCount);
    for (const [band, { first, weights: of }] of bands.entries()) {
      for (const [i, weight] of of.entries()) weights[(first + i) * melCount + band] = weight;
    }
    expect(largestDifference(weights, doubles('mel'))).toBeLessThan(1e-12);
  });

  it("has AudioSet's bytes", () => {
    const heard = quantise(embeddings, components);
    const wanted = readFileSync(path.join(folder, 'bytes'));
    const steps = doubles('steps');
    expect(heard.length).toBe(wanted.length);
    for (const [i, byte] of heard.entries()) {
      // At the edge of a step rounding decides.
      if (Math.abs(steps[i]! - Math.round(steps[i]!)) < 1e-6) continue;
      expect(byte).toBe(wanted[i]);
    }
    expect(new Set(heard).size).toBe(256);
  });
});
