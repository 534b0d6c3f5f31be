import type { Snapshot } from '../dataset/documents.ts';
import { isStreamed } from '../dataset/streamed-clips.ts';
import { log } from '../log/log.ts';
import { assessOutOfFold } from '../run-report/cross-validation.ts';
import type { CrossValidated } from '../run-report/schema.ts';
import { type CrossValidation, crossValidate, foldCount } from '../training/cross-validate.ts';
import { defaultReportPrecision, type RunJob } from './documents.ts';

/** Learning curve: each point is five trainings. */
const shares = [0.25, 0.5, 1];
/** Of more clips, it is left out unless it is asked for: it takes about nine times as long as the training. */
const mostClips = 2000;

export interface RunToValidate extends Omit<CrossValidation, 'shares'> {
  readonly job: RunJob;
  readonly snapshot: Snapshot;
}

/**
 * Cross-validates the training clips of a small set, or where the request asks for it; null else, and for clips that
 * are not in memory.
 * @throws the signal's reason when it aborts; TRAINING_DIVERGED
 */
export async function crossValidateRun(validation: RunToValidate): Promise<CrossValidated | null> {
  const { job, settings, train, snapshot, request, signal } = validation;
  const { report } = job.request;
  const isSmall = settings.recipe === 'few-shot' && train.clips <= mostClips;
  const isWanted = report?.crossValidation ?? isSmall;
  if (!isWanted || isStreamed(train) || train.clips < 2 * foldCount) return null;
  const began = performance.now();
  const outOfFold = await crossValidate({ ...validation, shares });
  const validated = await assessOutOfFold({
    clips: train,
    labels: snapshot.labels,
    outOfFold,
    folds: foldCount,
    precision: report?.precision ?? defaultReportPrecision,
    seed: request.seed,
    signal,
  });
  const seconds = (performance.now() - began) / 1000;
  log('info', 'cross-validated', { run: job.run, seconds, mAP: validated.mAP, clips: validated.clips });
  return validated;
}
