import { describe, expect, it } from 'vitest';
import { assessOutOfFold, learningSentence } from '../../../shared/run-report/cross-validation.ts';
import { runReportPage } from '../../../shared/run-report/page.ts';
import { crossValidatedSchema } from '../../../shared/run-report/schema.ts';
import { runReport } from '../../fixtures/run-report.ts';
import { skilledScores } from '../../fixtures/skilled-scores.ts';
import { toneClips } from '../training/tone-clips.ts';

const clips = toneClips({ clips: 200 });
const labels = ['Bark', 'Meow', 'Moo', 'Neigh', 'Roar'].map((displayName) => ({
  mid: displayName,
  displayName,
}));

const scoresOf = (skill: number, seed: number) => skilledScores(clips, labels.length, skill, seed);

const assess = (half: number, whole: number) =>
  assessOutOfFold({
    clips,
    labels,
    outOfFold: [
      { share: 0.5, clips: 80, scores: scoresOf(half, 1) },
      { share: 1, clips: 160, scores: scoresOf(whole, half === whole ? 1 : 2) },
    ],
    folds: 5,
    precision: 0.9,
    seed: 3,
  });

describe('what is said of scores out of fold', () => {
  it('has the learning curve, and thresholds of every label that clips have', async () => {
    const validated = await assess(0.5, 3);
    expect(crossValidatedSchema.parse(JSON.parse(JSON.stringify(validated)))).toEqual(validated);
    expect(validated.curve.map(({ clips: count }) => count)).toEqual([80, 160]);
    expect(validated.mAP).toBe(validated.curve[1]!.mAP);
    expect(validated.interval!.low).toBeLessThan(validated.mAP);
    const [bark] = validated.classes;
    expect(bark).toMatchObject({ displayName: 'Bark', crossFitted: { bestF1: { F1: expect.any(Number) } } });
    expect(bark!.bestF1!.F1).toBeGreaterThan(0.7);
    expect(bark!.atPrecision!.precision).toBeGreaterThanOrEqual(0.9);
    expect(validated.classes.at(-1)).toMatchObject({ displayName: 'Roar', clips: 0, bestF1: null });
  });

  it('tells whether more clips would help, as far as it can be told', async () => {
    expect(learningSentence(await assess(0.5, 3))).toMatch(
      /^More clips should help: mAP is still rising, as twice the clips changed mAP by \+0\.\d{3} \(\+0/,
    );
    expect(learningSentence(await assess(2, 2))).toMatch(
      /^More clips of the same kind would hardly help: .*\+0\.000/,
    );
    const unsure = { doubling: { mAP: 0.02, interval: { low: -0.03, high: 0.07 } } };
    expect(learningSentence(unsure)).toBe(
      'Whether more clips would help cannot be told from so few: twice the clips changed mAP by +0.020 (-0.030 to +0.070).',
    );
    expect(learningSentence({ doubling: null })).toBeNull();
  });

  it('stands on the page of the run', async () => {
    const crossValidation = await assess(0.5, 3);
    const page = runReportPage({ ...runReport('run'), crossValidation });
    expect(page).toContain('<h2>Cross-validation</h2>');
    expect(page).toContain(`<b>${learningSentence(crossValidation)}</b>`);
    expect(page).toContain('mAP out of fold by number of training clips');
    expect(page).toMatch(/Bark<\/td><td class="number">\d+<\/td><td class="number">0\.\d{3}</);
    expect(runReportPage(runReport('run'))).not.toContain('Cross-validation');
  });
});
