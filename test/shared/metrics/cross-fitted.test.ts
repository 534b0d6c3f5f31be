import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossFit } from '../../../shared/metrics/cross-fitted.ts';
import { rankClips } from '../../../shared/metrics/ranking-metrics.ts';
import { atPrecision, bestF1 } from '../../../shared/metrics/thresholds.ts';
import { labelled, matrixOf, type ScoredClip, scoredClips, tableOf, threeLabels } from './labelled.ts';

const halfOf = (clips: readonly ScoredClip[], parity: number) => clips.filter((_, i) => i % 2 === parity);

describe('cross-fitted thresholds', () => {
  it('call each half of the clips by what was chosen on the other one', async () => {
    await fc.assert(
      fc.property(scoredClips, fc.double({ min: 0.01, max: 1, noNaN: true }), (clips, precision) => {
        const fitted = crossFit(tableOf(clips), threeLabels, matrixOf(clips), precision);
        for (let k = 0; k < threeLabels; k++) {
          const halves = [halfOf(clips, 0), halfOf(clips, 1)];
          const positives = halves.map((half) => half.filter(({ labels }) => labels.includes(k)).length);
          if (positives.includes(0)) {
            expect(fitted[k]).toBeNull();
            continue;
          }
          for (const which of ['bestF1', 'atPrecision'] as const) {
            const counts = halves.map((half, i) => {
              const other = halves[1 - i]!;
              const ranks = rankClips(tableOf(other), threeLabels, matrixOf(other)).classes[k]!;
              const point = which === 'bestF1' ? bestF1(ranks) : atPrecision(ranks, precision);
              const called = half.filter(
                ({ scores }) => point !== null && Math.fround(scores[k]!) >= point.threshold,
              );
              return [called.length, called.filter(({ labels }) => labels.includes(k)).length] as const;
            });
            const called = counts[0]![0] + counts[1]![0];
            const hits = counts[0]![1] + counts[1]![1];
            const all = positives[0]! + positives[1]!;
            expect(fitted[k]![which]).toEqual({
              precision: called === 0 ? null : hits / called,
              recall: hits / all,
              F1: (2 * hits) / (called + all),
            });
          }
        }
      }),
    );
  });

  it('of scores that say nothing are worse than thresholds measured where they were chosen', () => {
    // One positive in each half, each of them the highest of its half by chance alone.
    const clips = labelled([[0], [], [], [0], [], []]);
    const scores = Float32Array.of(0.9, 0.1, 0.2, 0.3, 0.8, 0.2);
    expect(bestF1(rankClips(clips, 1, scores).classes[0]!)!.F1).toBe(0.8);
    // 0.3 of the second half calls 0.9 and 0.8 of the first; 0.9 of the first calls none of the second.
    expect(crossFit(clips, 1, scores, 0.5)[0]!.bestF1).toEqual({ precision: 0.5, recall: 0.5, F1: 0.5 });
  });
});
