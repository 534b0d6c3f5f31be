import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapMetrics } from '../../../shared/metrics/bootstrap.ts';
import { drawClips } from '../../../shared/metrics/clip-draws.ts';
import { centredInterval, intervalOf } from '../../../shared/metrics/interval.ts';
import { rankingMetrics } from '../../../shared/metrics/ranking-metrics.ts';
import { SeededRandom } from '../../../shared/random/seeded-random.ts';
import { labelled, matrixOf, scoredClips, tableOf, threeLabels } from './labelled.ts';

/** Draws of each clip in each replicate. */
function drawsOf(clips: number, replicates: number, seed: number): number[][] {
  const draws = drawClips(clips, replicates, seed);
  return Array.from({ length: replicates }, (_, replicate) => {
    const packed = draws.batch(replicate - (replicate % draws.lanes));
    const lane = draws.base ** (replicate % draws.lanes);
    return Array.from(packed, (sum) => Math.floor(sum / lane) % draws.base);
  });
}

function expectClose(value: number, expected: number, within: number): void {
  if (Number.isNaN(expected)) expect(value).toBeNaN();
  else expect(Math.abs(value - expected)).toBeLessThanOrEqual(within);
}

describe('a bootstrap replicate', () => {
  it('has the metrics of the clips that were drawn, each as often as it was', async () => {
    await fc.assert(
      fc.asyncProperty(scoredClips, fc.nat(100), async (clips, seed) => {
        const replicates = 7;
        const table = tableOf(clips);
        const others = matrixOf(clips).map((score, i) => score * (i % 3) + (i % 2));
        const models = [matrixOf(clips), others];
        const results = await bootstrapMetrics(table, threeLabels, models, { replicates, seed });
        for (const [replicate, counts] of drawsOf(clips.length, replicates, seed).entries()) {
          const rows = counts.flatMap((count, clip) => Array.from({ length: count }, () => clip));
          expect(rows).toHaveLength(clips.length);
          const drawn = labelled(rows.map((row) => clips[row]!.labels));
          for (const [i, { mAP, AUC, classAP }] of results.entries()) {
            const scores = rows.flatMap((row) => [...models[i]!.subarray(row * 3, row * 3 + 3)]);
            const expected = rankingMetrics(drawn, threeLabels, Float32Array.from(scores));
            expectClose(mAP[replicate]!, expected.mAP, 1e-12);
            expectClose(AUC[replicate]!, expected.AUC, 1e-12);
            for (const [k, { AP }] of expected.classes.entries()) {
              expectClose(classAP[k * replicates + replicate]!, AP ?? Number.NaN, 1e-7);
            }
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is the same for the same seed, and has another draw for another', () => {
    expect(drawsOf(50, 3, 1)).toEqual(drawsOf(50, 9, 1).slice(0, 3));
    expect(drawsOf(50, 1, 1)).not.toEqual(drawsOf(50, 1, 2));
  });

  it('stops when the signal says so', async () => {
    const stop = AbortSignal.abort(new Error('enough'));
    const work = bootstrapMetrics(labelled([[0], []]), 1, [Float32Array.of(1, 0)], {
      replicates: 9,
      seed: 1,
      signal: stop,
    });
    await expect(work).rejects.toThrow('enough');
  });
});

describe('intervals', () => {
  it('of paired differences are much narrower than those of the models apart', async () => {
    const random = new SeededRandom(5);
    const clips = Array.from({ length: 300 }, (_, i) => (i % 5 === 0 ? [0] : []));
    const model = Float32Array.from(clips, (own) => own.length + 1.5 * random.normal());
    const alike = model.map((score) => score + 0.05 * random.normal());
    const [a, b] = await bootstrapMetrics(labelled(clips), 1, [model, alike], { replicates: 200, seed: 1 });
    const width = (values: Float64Array) => {
      const { low, high } = intervalOf(values, 0.95)!;
      return high - low;
    };
    expect(width(a!.mAP.map((mAP, i) => mAP - b!.mAP[i]!))).toBeLessThan(width(a!.mAP) / 3);
    const { low, high } = intervalOf(a!.mAP, 0.95)!;
    const { mAP } = rankingMetrics(labelled(clips), 1, model);
    expect(low).toBeLessThan(mAP);
    expect(high).toBeGreaterThan(mAP);
  });

  it('are cut where numpy cuts them, and leave out what is undefined', () => {
    // numpy.quantile([1, 2, 3, 5, 8], [0.1, 0.9])
    const values = Float64Array.of(8, Number.NaN, 1, 3, 2, 5);
    const { low, high } = intervalOf(values, 0.8)!;
    expect(low).toBeCloseTo(1.4, 12);
    expect(high).toBeCloseTo(6.8, 12);
    expect(intervalOf(Float64Array.of(Number.NaN), 0.8)).toBeNull();
  });

  it('are moved to where the estimate is, within the bounds', () => {
    const replicates = Float64Array.of(1, Number.NaN, 2, 3);
    const bounds = { low: 0.5, high: 2 };
    const { low, high } = centredInterval(replicates, 1.5, 0.5, bounds)!;
    expect(low).toBeCloseTo(1, 12);
    expect(high).toBeCloseTo(2, 12);
    expect(centredInterval(replicates, 1.1, 0.9999, bounds)!.low).toBe(0.5);
    expect(centredInterval(Float64Array.of(Number.NaN), 1, 0.9, bounds)).toBeNull();
  });
});
