import { describe, expect, it } from 'vitest';
import { createEmbeddingSpace } from '../../../../infra/local/synthetic/embedding-space.ts';
import {
  generateSyntheticSet,
  type SyntheticSet,
} from '../../../../infra/local/synthetic/generate-synthetic-set.ts';
import { syntheticLabels } from '../../../../infra/local/synthetic/synthetic-labels.ts';
import type { Clip } from '../../../../shared/dataset/clip-table.ts';
import { SeededRandom } from '../../../../shared/random/seeded-random.ts';

const labels = syntheticLabels.length;
const set = generateSyntheticSet({ seed: 1, trainClips: 3000, evalClips: 1000 });
const everyClip = [...set.train, ...set.eval];

const isPositive = (clip: Clip, label: number) => clip.labels.includes(label);
const share = (clips: readonly Clip[], holds: (clip: Clip) => boolean) =>
  clips.filter(holds).length / clips.length;

/** Mean over labels of Σ (R_n - R_{n-1}) P_n over distinct thresholds, straight from the definition. */
function meanAveragePrecision(scores: Float32Array, clips: readonly Clip[]): number {
  let sum = 0;
  for (let label = 0; label < labels; label++) {
    const column = clips.map((_, row) => scores[row * labels + label]!);
    const positives = clips.map((clip) => isPositive(clip, label));
    const total = positives.filter(Boolean).length;
    let earlier = 0;
    for (const threshold of [...new Set(column)].sort((a, b) => b - a)) {
      const above = column.map((score) => score >= threshold);
      const hits = above.filter((isAbove, row) => isAbove && positives[row]).length;
      sum += ((hits - earlier) / total) * (hits / above.filter(Boolean).length);
      earlier = hits;
    }
  }
  return sum / labels;
}

describe('the synthetic set', () => {
  it('is the same to the byte for the same seed and another one for another seed', () => {
    const small = (seed: number) => generateSyntheticSet({ seed, trainClips: 60, evalClips: 40 });
    const first = small(5);
    expect(small(5)).toEqual(first);
    const other = small(6);
    expect(other.train[0]!.id).not.toBe(first.train[0]!.id);
    expect(
      Buffer.compare(other.train[0]!.frames as Uint8Array, first.train[0]!.frames as Uint8Array),
    ).not.toBe(0);
    expect(other.train.map((clip) => clip.labels)).not.toEqual(first.train.map((clip) => clip.labels));
  });

  it('has the clips asked for, each with an id of its own, in AudioSet form', () => {
    expect([set.train.length, set.eval.length]).toEqual([3000, 1000]);
    expect(new Set(everyClip.map((clip) => clip.id)).size).toBe(4000);
    for (const clip of everyClip) {
      expect(clip.id).toMatch(/^[A-Za-z0-9_-]{10}[048AEIMQUYcgkosw]$/);
      expect(clip.end - clip.start).toBe(clip.frameCount);
      expect(clip.frames).toHaveLength(clip.frameCount * 128);
    }
    expect(share(everyClip, (clip) => clip.frameCount === 10)).toBeGreaterThan(0.97);
    expect(share(everyClip, (clip) => clip.frameCount < 10)).toBeGreaterThan(0.005);
    expect(Math.abs(share(everyClip, (clip) => clip.start % 10 === 0) - 0.95)).toBeLessThan(0.02);
    expect(Math.abs(share(everyClip, (clip) => clip.start === 0) - 0.08)).toBeLessThan(0.02);
  });

  it('gives every clip a label, and every label its prevalence', () => {
    expect(share(everyClip, (clip) => clip.labels.length === 0)).toBe(0);
    for (const { index, prevalence } of syntheticLabels) {
      const error = Math.sqrt((prevalence * (1 - prevalence)) / everyClip.length);
      const deviation = share(everyClip, (clip) => isPositive(clip, index)) - prevalence;
      expect(Math.abs(deviation)).toBeLessThan(4 * error);
      expect(set.eval.filter((clip) => isPositive(clip, index)).length).toBeGreaterThanOrEqual(10);
    }
  });

  it('has frames with the statistics of the released embeddings', () => {
    const { mean, sd, at0, at255 } = byteStatistics(everyClip);
    expect(Math.abs(mean - 126.5)).toBeLessThan(5);
    expect(Math.abs(sd - 77.6)).toBeLessThan(5);
    expect(Math.abs(at0 + at255 - 0.183)).toBeLessThan(0.04);
    expect(Math.abs(temporalCorrelation(everyClip, 1) - 0.527)).toBeLessThan(0.1);
    expect(Math.abs(temporalCorrelation(everyClip, 4) - 0.413)).toBeLessThan(0.1);
    expect(Math.abs(temporalCorrelation(everyClip, 9) - 0.347)).toBeLessThan(0.1);
  });
});

describe('the ceiling', () => {
  it('is the average precision of the true posteriors on this eval draw, between 0.6 and 0.9', () => {
    expect(set.ceiling).toBeCloseTo(meanAveragePrecision(set.evalPosteriors, set.eval), 9);
    expect(set.ceiling).toBeGreaterThan(0.6);
    expect(set.ceiling).toBeLessThan(0.9);
  });

  it('comes from posteriors that the labels follow, over all clips and in every tenth of the scale', () => {
    const bins = Array.from({ length: 10 }, () => ({ expected: 0, drawn: 0, variance: 0 }));
    for (const [row, clip] of set.eval.entries()) {
      for (let label = 0; label < labels; label++) {
        const posterior = set.evalPosteriors[row * labels + label]!;
        const bin = bins[Math.min(9, Math.floor(posterior * 10))]!;
        bin.expected += posterior;
        bin.drawn += Number(isPositive(clip, label));
        bin.variance += posterior * (1 - posterior);
      }
    }
    for (const { expected, drawn, variance } of bins) {
      expect(variance).toBeGreaterThan(1);
      expect(Math.abs(drawn - expected)).toBeLessThan(4 * Math.sqrt(variance));
    }
  });

  it('falls to the prevalence when the posteriors are given to the wrong clips', () => {
    const order = [...set.eval];
    new SeededRandom(4).shuffle(order);
    const chance = syntheticLabels.reduce((sum, label) => sum + label.prevalence, 0) / labels;
    expect(Math.abs(meanAveragePrecision(set.evalPosteriors, order) - chance)).toBeLessThan(0.03);
  });

  it('is near, but out of reach of, the best direction of the mean frame', () => {
    const { directions, scale } = createEmbeddingSpace(new SeededRandom(1, 0));
    const scores = new Float32Array(set.eval.length * labels);
    for (const [row, { frames, frameCount }] of set.eval.entries()) {
      for (const [i, value] of frames.entries()) {
        const d = i % 128;
        for (let label = 0; label < labels; label++) {
          scores[row * labels + label]! += (directions[label * 128 + d]! * value) / scale[d]! / frameCount;
        }
      }
    }
    const ratio = meanAveragePrecision(scores, set.eval) / set.ceiling;
    expect(ratio).toBeGreaterThan(0.88);
    expect(ratio).toBeLessThan(0.97);
  });
});

function byteStatistics(clips: SyntheticSet['train']) {
  let count = 0;
  let sum = 0;
  let squares = 0;
  const extremes = { at0: 0, at255: 0 };
  for (const { frames } of clips) {
    count += frames.length;
    for (const value of frames) {
      sum += value;
      squares += value * value;
      if (value === 0) extremes.at0 += 1;
      if (value === 255) extremes.at255 += 1;
    }
  }
  const mean = sum / count;
  return {
    mean,
    sd: Math.sqrt(squares / count - mean ** 2),
    at0: extremes.at0 / count,
    at255: extremes.at255 / count,
  };
}

/** Correlation of a value with the same dimension `lag` frames later, mean over the dimensions. */
function temporalCorrelation(clips: readonly Clip[], lag: number): number {
  const full = clips.filter((clip) => clip.frameCount === 10);
  const values = 10 * full.length;
  let total = 0;
  for (let d = 0; d < 128; d++) {
    let sum = 0;
    let squares = 0;
    let products = 0;
    for (const { frames } of full) {
      for (let t = 0; t < 10; t++) {
        const value = frames[t * 128 + d]!;
        sum += value;
        squares += value * value;
        if (t + lag < 10) products += value * frames[(t + lag) * 128 + d]!;
      }
    }
    const mean = sum / values;
    const covariance = products / ((10 - lag) * full.length) - mean ** 2;
    total += covariance / (squares / values - mean ** 2);
  }
  return total / 128;
}
