import { beforeAll, describe, expect, it } from 'vitest';
import { audiosetLabels } from '../../../shared/dataset/label-list.ts';
import { rankingMetrics } from '../../../shared/metrics/ranking-metrics.ts';
import { assessModels } from '../../../shared/run-report/assess-models.ts';
import { curvesOf } from '../../../shared/run-report/curves.ts';
import { type Assessment, assessmentSchema } from '../../../shared/run-report/schema.ts';
import { skilledScores } from '../../fixtures/skilled-scores.ts';
import { toneClips } from '../training/tone-clips.ts';

const clips = toneClips({ clips: 200 });
/** One more than the clips have. */
const labels = audiosetLabels.slice(0, 5);
const trainCounts = Uint32Array.of(5, 4, 3, 2, 1);

const scoresOf = (skill: number, seed: number) => skilledScores(clips, labels.length, skill, seed);

const scores = scoresOf(2, 1);
const baseline = { scores: scoresOf(0.5, 2), steps: 7, decay: 0.1 };
const assess = (served: { scores: Float32Array; version: string } | null) =>
  assessModels({ clips, labels, trainCounts, scores, baseline, served, precision: 0.8, seed: 3 });

describe('the assessment of a model', () => {
  let assessment: Assessment;
  beforeAll(async () => {
    assessment = await assess({ scores: scores.map((score) => score * 0.9), version: '4' });
  });

  it('is the same again, and survives being written', async () => {
    expect(assessmentSchema.parse(JSON.parse(JSON.stringify(assessment)))).toEqual(assessment);
    expect((await assess(null)).model).toEqual(assessment.model);
  });

  it('has the exact metrics, within their intervals', () => {
    const { classes, ...exact } = rankingMetrics(clips, labels.length, scores);
    expect(assessment.model).toMatchObject({ mAP: exact.mAP, AUC: exact.AUC, dPrime: exact.dPrime });
    for (const [name, interval] of Object.entries(assessment.model.intervals)) {
      const value = exact[name as 'mAP' | 'AUC' | 'dPrime'];
      expect(interval!.low).toBeLessThan(value);
      expect(interval!.high).toBeGreaterThan(value);
    }
    expect(assessment.classes.map(({ AP }) => AP)).toEqual(classes.map(({ AP }) => AP));
  });

  it('finds the baseline worse, and no difference to a model with the same ranks', () => {
    expect(assessment.baseline).toMatchObject({ steps: 7, decay: 0.1 });
    expect(assessment.baseline.difference.interval!.low).toBeGreaterThan(0);
    expect(assessment.served).toMatchObject({
      version: '4',
      difference: { mAP: 0, interval: { low: 0, high: 0 } },
    });
  });

  it('has counts, intervals and thresholds for each label, and none where they are undefined', () => {
    const [first, , , , absent] = assessment.classes;
    expect(first).toMatchObject({ label: 0, displayName: 'Speech', train: 5 });
    expect(first!.intervals.AP!.low).toBeLessThan(first!.AP!);
    expect(first!.intervals.AP!.high).toBeGreaterThan(first!.AP!);
    expect(first!.bestF1!.F1).toBeGreaterThan(0.4);
    expect(first!.crossFitted!.bestF1.F1).toBeGreaterThan(0);
    expect(first!.atPrecision!.precision).toBeGreaterThanOrEqual(0.8);
    expect(absent).toMatchObject({
      label: 4,
      train: 1,
      eval: 0,
      AP: null,
      AUC: null,
      dPrime: null,
      intervals: { AP: null, AUC: null, dPrime: null },
      bestF1: null,
      atPrecision: null,
      crossFitted: null,
    });
  });

  it('has the calibration over all pairs', () => {
    const { bins, ECE } = assessment.calibration;
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
    expect(ECE).toBeGreaterThan(0);
  });
});

describe('curves', () => {
  it('have every step of a short run', () => {
    const steps = [1, 2, 3].map((step) => ({ step, loss: 1 / step, time: 0 }));
    expect(curvesOf({ steps, validation: [] }).loss).toEqual(steps.map(({ step, loss }) => ({ step, loss })));
  });

  it('of a long run have the means of stretches, to the last step', () => {
    const steps = Array.from({ length: 1999 }, (_, i) => ({ step: i + 1, loss: i % 4 }));
    const { loss } = curvesOf({ steps, validation: [] });
    expect(loss).toHaveLength(500);
    expect(loss[0]).toEqual({ step: 4, loss: 1.5 });
    expect(loss.at(-1)).toEqual({ step: 1999, loss: 1 });
  });
});
