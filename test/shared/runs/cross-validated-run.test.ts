import { expect, it } from 'vitest';
import { runKeys } from '../../../shared/dataset/keys.ts';
import { crossValidateRun } from '../../../shared/runs/cross-validate-run.ts';
import { type RunReport, runReportSchema, runRequestSchema } from '../../../shared/runs/documents.ts';
import { resolveTraining, trainingSettingsSchema } from '../../../shared/training/settings.ts';
import { bytesAt, jsonAt } from '../../fixtures/object-store/contents.ts';
import { startTones, tinyTraining } from '../../fixtures/tone-dataset.ts';
import { toneTrainer } from '../../fixtures/tone-trainer.ts';
import { toneClips } from '../training/tone-clips.ts';

const trainer = toneTrainer();

it('a run that asks for it is cross-validated, and its report tells', async () => {
  const asked = { report: { crossValidation: true, precision: 0.8 } };
  await startTones(trainer.store(), 'asked', {}, 'asked', asked);
  const { crossValidation } = (await trainer.train('asked'))!;
  expect(crossValidation).toMatchObject({ folds: 5, clips: 160, precision: 0.8 });
  expect(crossValidation!.curve.map(({ share }) => share)).toEqual([0.25, 0.5, 1]);
  expect(crossValidation!.AUC).toBeGreaterThan(0.7);
  expect(crossValidation!.classes.map(({ displayName }) => displayName)).toContain('Tone 3');
  const keys = runKeys('asked');
  const report = runReportSchema.parse(await jsonAt<RunReport>(trainer.store(), keys.report));
  expect(report.crossValidation).toEqual(crossValidation);
  const page = (await bytesAt(trainer.store(), keys.reportPage)).toString();
  expect(page).toContain('Would more clips help?');
});

it('a run is not, unless its set is small or it asks for it', async () => {
  const train = toneClips({ clips: 60 });
  const request = trainingSettingsSchema.parse({ ...tinyTraining, steps: 3 });
  const { spec, settings } = resolveTraining(request, { clipsPerClass: 20, labels: 4, ...train });
  const labels = ['a', 'b', 'c', 'd'].map((mid, index) => ({ index, mid, displayName: mid }));
  const validate = (recipe: 'few-shot' | 'fast', report: object = {}) =>
    crossValidateRun({
      ...{ engine: trainer.engine(), request, spec, train },
      settings: { ...settings, recipe },
      snapshot: { labels },
      job: { run: 'small', request: runRequestSchema.parse({ dataset: 'd', report }) },
    });
  expect(await validate('few-shot')).toMatchObject({ clips: 60 });
  expect(await validate('few-shot', { crossValidation: false })).toBeNull();
  expect(await validate('fast')).toBeNull();
});
