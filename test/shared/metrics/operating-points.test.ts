import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../shared/metrics/calibration.ts';
import { lwlrap } from '../../../shared/metrics/lwlrap.ts';
import { rankClips } from '../../../shared/metrics/ranking-metrics.ts';
import { atPrecision, bestF1 } from '../../../shared/metrics/thresholds.ts';
import { labelled, matrixOf, scoredClips, tableOf, threeLabels } from './labelled.ts';

describe('thresholds', () => {
  it('are the best of all that could be chosen, and the figures are what they give', async () => {
    await fc.assert(
      fc.property(scoredClips, fc.double({ min: 0.01, max: 1, noNaN: true }), (clips, precision) => {
        const { classes } = rankClips(tableOf(clips), threeLabels, matrixOf(clips));
        for (const [k, ranks] of classes.entries()) {
          const column = clips.map(({ labels, scores }) => ({
            positive: labels.includes(k),
            score: Math.fround(scores[k]!),
          }));
          const points = [...new Set(column.map(({ score }) => score + 0))].map((threshold) => {
            const called = column.filter(({ score }) => score >= threshold);
            const hits = called.filter(({ positive }) => positive).length;
            const positives = column.filter(({ positive }) => positive).length;
            const F1 = (2 * hits) / (called.length + positives);
            return { threshold, precision: hits / called.length, recall: hits / positives, F1 };
          });
          const best = bestF1(ranks);
          const precise = atPrecision(ranks, precision);
          if (ranks.positives === 0) {
            expect([best, precise]).toEqual([null, null]);
            continue;
          }
          expect(points).toContainEqual(best);
          expect(best!.F1).toBe(Math.max(...points.map(({ F1 }) => F1)));
          const good = points.filter((point) => point.precision >= precision);
          if (good.length === 0) expect(precise).toBeNull();
          else {
            expect(good).toContainEqual(precise);
            expect(precise!.recall).toBe(Math.max(...good.map(({ recall }) => recall)));
          }
        }
      }),
    );
  });
});

describe('lwlrap', () => {
  it('is the mean over the labels given of the precision at their rank', () => {
    // Ranks of the labels: 1 of the first clip's, 2 and 3 of the second one's; the third has none.
    const scores = Float32Array.of(0.9, 0.1, 0.2, 0.9, 0.5, 0.1, 0, 0, 0);
    const value = lwlrap(labelled([[0], [1, 2], []]), 3, scores);
    expect(value).toBeCloseTo((1 + 1 / 2 + 2 / 3) / 3, 12);
  });

  it('gives equal scores the lowest of their ranks, and is null without labels', () => {
    expect(lwlrap(labelled([[0]]), 4, new Float32Array(4))).toBe(0.25);
    expect(lwlrap(labelled([[]]), 4, new Float32Array(4))).toBeNull();
  });
});

describe('calibration', () => {
  it('counts, averages and compares the probabilities of each bin', () => {
    const scores = Float32Array.of(0, 0.25, 0.5, 0.75, 1, 0.25);
    const { bins, ECE, brier } = calibrate(labelled([[1], [0], [0]]), 2, scores, [0, 0.5, 1]);
    expect(bins).toEqual([
      { low: 0, high: 0.5, count: 3, predicted: 0.5 / 3, observed: 1 / 3 },
      { low: 0.5, high: 1, count: 3, predicted: 0.75, observed: 2 / 3 },
    ]);
    expect(ECE).toBeCloseTo(0.5 * (1 / 3 - 0.5 / 3) + 0.5 * (0.75 - 2 / 3), 12);
    expect(brier).toBeCloseTo((0 + 0.75 ** 2 + 0.25 + 0.75 ** 2 + 0 + 0.0625) / 6, 12);
  });

  it('has no figures for an empty bin, and refuses what is no probability', () => {
    const { bins } = calibrate(labelled([[]]), 1, Float32Array.of(0.1), [0, 0.5, 1]);
    expect(bins[1]).toMatchObject({ count: 0, predicted: null, observed: null });
    const fault = expect.objectContaining({ code: 'INTERNAL_FAULT' });
    for (const score of [Number.NaN, 1.5, -0.1]) {
      expect(() => calibrate(labelled([[]]), 1, Float32Array.of(score))).toThrow(fault);
    }
  });
});
