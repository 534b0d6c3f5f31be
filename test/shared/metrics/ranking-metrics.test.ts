import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRankCounter } from '../../../shared/metrics/rank-counter.ts';
import { rankingMetrics, summarise } from '../../../shared/metrics/ranking-metrics.ts';
import { labelled, threeLabels as labels, matrixOf, scoredClips, tableOf } from './labelled.ts';

/** One label: which clips have it, and the scores. */
function metricsOf(has: readonly number[], scores: readonly number[]) {
  const clips = labelled(has.map((one) => (one ? [0] : [])));
  return rankingMetrics(clips, 1, Float32Array.from(scores));
}

describe('metrics of one class', () => {
  it('are those of the textbook', () => {
    // By score: + - + + -: precisions at the positives 1, 2/3, 3/4.
    const { mAP, AUC } = metricsOf([1, 0, 1, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.5]);
    expect(mAP).toBeCloseTo((1 + 2 / 3 + 3 / 4) / 3, 12);
    expect(AUC).toBeCloseTo(4 / 6, 12);
  });

  it('count tied scores as one step', () => {
    // Thresholds 0.8 (one positive of two) and 0.4 (two of four).
    const { mAP, AUC } = metricsOf([1, 0, 1, 0], [0.8, 0.8, 0.4, 0.4]);
    expect(mAP).toBeCloseTo(0.5 * 0.5 + 0.5 * 0.5, 12);
    expect(AUC).toBeCloseTo(0.5, 12);
  });

  it('of a constant score are the prior and one half', () => {
    const metrics = metricsOf([1, 0, 0, 1, 0], [0.3, 0.3, 0.3, 0.3, 0.3]);
    expect(metrics).toMatchObject({ mAP: 0.4, AUC: 0.5, dPrime: 0, priorMAP: 0.4 });
  });

  it('are perfect, with a finite d-prime, when the class is separated', () => {
    const { mAP, AUC, dPrime } = metricsOf([1, 1, 0, 0], [4, 3, 2, 1]);
    expect([mAP, AUC]).toEqual([1, 1]);
    expect(dPrime).toBeCloseTo(Math.SQRT2 * 1.150349380376008, 9);
  });
});

describe('macro metrics', () => {
  it('leave out classes without a positive or without another clip, and count the rest', () => {
    const clips = labelled([[0, 1], [1], [1]]);
    const scores = Float32Array.from([0.9, 0.5, 0.1, 0.2, 0.5, 0.1, 0.1, 0.4, 0.1]);
    const metrics = rankingMetrics(clips, 3, scores);
    expect(metrics).toMatchObject({ evaluated: 1, labels: 3, clips: 3, mAP: 1, AUC: 1 });
    expect(metrics.classes.map(({ positives, AP }) => [positives, AP])).toEqual([
      [1, 1],
      [3, null],
      [0, null],
    ]);
  });

  it('take d-prime from the mean AUC, apart from the mean of the d-primes', () => {
    const clips = labelled([[0, 1], [], [], []]);
    const scores = Float32Array.from([0.5, 0.9, 0.6, 0.8, 0.1, 0.7, 0.2, 0.6]);
    const { AUC, dPrime, meanClassDPrime } = rankingMetrics(clips, 2, scores);
    expect(AUC).toBeCloseTo((2 / 3 + 1) / 2, 12);
    expect(dPrime).toBeCloseTo(Math.SQRT2 * 0.9674215661017014, 9);
    expect(meanClassDPrime).toBeCloseTo((Math.SQRT2 * (0.4307272992954576 + 0.9674215661017014)) / 2, 9);
  });

  it('refuse scores that are no numbers', () => {
    const fault = expect.objectContaining({ code: 'INTERNAL_FAULT' });
    expect(() => metricsOf([1, 0], [Number.NaN, 1])).toThrow(fault);
    expect(() => metricsOf([1, 0], [1, Number.NaN])).toThrow(fault);
  });
});

describe('rank counts', () => {
  it('equal the definition with all pairs and all thresholds', async () => {
    await fc.assert(
      fc.property(scoredClips, (clips) => {
        const { classes } = rankingMetrics(tableOf(clips), labels, matrixOf(clips));
        for (const [k, { AP, AUC }] of classes.entries()) {
          const column = clips.map((clip) => ({
            positive: clip.labels.includes(k),
            score: Math.fround(clip.scores[k]!),
          }));
          const expected = byDefinition(column);
          if (expected === null) expect([AP, AUC]).toEqual([null, null]);
          else {
            expect(AP).toBeCloseTo(expected.AP, 12);
            expect(AUC).toBeCloseTo(expected.AUC, 12);
          }
        }
      }),
    );
  });

  it('do not depend on how the scores are cut into blocks', async () => {
    await fc.assert(
      fc.property(scoredClips, fc.integer({ min: 1, max: 7 }), (clips, size) => {
        const table = tableOf(clips);
        const scores = matrixOf(clips);
        const counter = createRankCounter(table, labels);
        const blocks = Array.from({ length: Math.ceil(clips.length / size) }, (_, i) => i * size);
        const block = (first: number) => scores.subarray(first * labels, (first + size) * labels);
        for (const first of blocks.toReversed()) counter.collectPositives(first, block(first));
        for (const first of blocks) counter.countScores(block(first));
        expect(summarise(counter.finish())).toEqual(rankingMetrics(table, labels, scores));
      }),
    );
  });
});

function byDefinition(column: readonly { positive: boolean; score: number }[]) {
  const positives = column.filter(({ positive }) => positive);
  const others = column.filter(({ positive }) => !positive);
  if (positives.length === 0 || others.length === 0) return null;
  let AP = 0;
  let recallBefore = 0;
  for (const threshold of [...new Set(column.map(({ score }) => score + 0))].sort((a, b) => b - a)) {
    const hits = positives.filter(({ score }) => score >= threshold).length;
    const precision = hits / column.filter(({ score }) => score >= threshold).length;
    const recall = hits / positives.length;
    AP += (recall - recallBefore) * precision;
    recallBefore = recall;
  }
  let won = 0;
  for (const a of positives) {
    for (const b of others) won += a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0;
  }
  return { AP, AUC: won / (positives.length * others.length) };
}
