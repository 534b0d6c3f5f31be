import { buildSnapshot } from '../dataset/build-snapshot.ts';
import { isDatasetName, isRunName, runKeys, runOfRequest } from '../dataset/keys.ts';
import { settledSources } from '../dataset/settled-sources.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { committedStep } from './checkpoints.ts';
import { firstStatus, type RunJob, type RunRequest, runJobSchema, runRequestSchema } from './documents.ts';
import type { JobStarter } from './job-starter.ts';
import { judgeOutdated } from './judge-outdated.ts';

/** A run may be killed as often as it likes while it gets on; one that does not in so many attempts never will. */
const mostFruitless = 20;

export type StartOutcome =
  | { readonly outcome: 'started'; readonly job: RunJob }
  | { readonly outcome: 'unchanged' | 'removed' | 'ignored' }
  /** What the user has to mend; also written to the run's status. */
  | { readonly outcome: 'refused'; readonly error: EarshotError };

/**
 * Judges anew what a change of the configuration concerns, settles the dataset, writes its snapshot and starts the training job, once for a run however often it is called:
 * job.json is created with If-None-Match before the job run is started.
 * @throws PIPELINE_NOT_SETTLED when uploads are still on their way after `patienceMs`; JOB_START_FAILED, SHARD_CORRUPT,
 *   DOCUMENT_CORRUPT
 */
export async function startRun(
  store: ObjectStore,
  jobs: JobStarter,
  requestKey: string,
  patienceMs: number,
): Promise<StartOutcome> {
  const run = runOfRequest(requestKey);
  if (run === null) return { outcome: 'ignored' };
  const keys = runKeys(run);
  const isStarted = async () => (await store.head(keys.job)) !== null;
  if (await isStarted()) return { outcome: 'unchanged' };
  let job: RunJob;
  try {
    const request = await readRunRequest(store, run);
    if (request === null) return { outcome: 'removed' };
    await judgeOutdated(store, request.dataset, patienceMs);
    const sources = await settledSources(store, request.dataset, patienceMs);
    const { key } = await buildSnapshot(store, request.dataset, sources);
    job = { run, request, snapshot: key, attempt: 1, jobRun: jobRunName(run, 1), step: 0, fruitless: 0 };
  } catch (error) {
    if (!(error instanceof EarshotError) || !error.isUserError) throw error;
    if (await isStarted()) return { outcome: 'unchanged' };
    await writeJson(store, keys.status, firstStatus(run, 0, 'failed', error));
    return { outcome: 'refused', error };
  }
  const claim = await writeJson(store, keys.job, job, { ifAbsent: true });
  if (!claim.written) return { outcome: 'unchanged' };
  try {
    // Before the trainer writes its own, and over that of a request that was refused.
    await writeJson(store, keys.status, firstStatus(run, job.attempt, 'starting'));
    await jobs.start(job.jobRun, jobEnvironment(run, job.attempt));
  } catch (error) {
    // Should it have been started all the same, the next delivery starts the same name, which is no second job run.
    await store.delete(keys.job);
    throw error;
  }
  return { outcome: 'started', job };
}

/**
 * Starts a run again whose trainer is gone. False when another sweep was first, or when it was tried often enough
 * without getting further: the run has failed then.
 * @throws JOB_START_FAILED, DOCUMENT_CORRUPT, CHECKPOINT_CORRUPT
 */
export async function restartRun(store: ObjectStore, jobs: JobStarter, run: string): Promise<boolean> {
  const key = runKeys(run).job;
  const read = await readJson(store, key, runJobSchema, 'DOCUMENT_CORRUPT');
  if (read === null) return false;
  const attempt = read.value.attempt + 1;
  const step = await committedStep(store, run);
  const fruitless = step > read.value.step ? 0 : read.value.fruitless + 1;
  if (fruitless >= mostFruitless) {
    const received = `${mostFruitless} attempts that did not get beyond step ${step}`;
    const error = new EarshotError('RUN_FAILED', { field: run, received });
    await writeJson(store, runKeys(run).status, firstStatus(run, attempt - 1, 'failed', error));
    return false;
  }
  const job: RunJob = { ...read.value, attempt, jobRun: jobRunName(run, attempt), step, fruitless };
  const claim = await writeJson(store, key, job, { ifMatch: read.etag });
  if (!claim.written) return false;
  await jobs.start(job.jobRun, jobEnvironment(run, attempt));
  return true;
}

/** Null when there is none. @throws RUN_REQUEST_INVALID also when the run or the dataset cannot be named so */
async function readRunRequest(store: ObjectStore, run: string): Promise<RunRequest | null> {
  const key = runKeys(run).request;
  const request = (await readJson(store, key, runRequestSchema, 'RUN_REQUEST_INVALID'))?.value ?? null;
  if (request === null) return null;
  const invalid = (field: string, expected: string, received: string) =>
    new EarshotError('RUN_REQUEST_INVALID', { file: key, field, expected, received });
  if (!isRunName(run)) throw invalid('run', '1 to 40 lower-case letters, digits or dashes', run);
  if (!isDatasetName(request.dataset)) {
    const expected = 'a name of letters, digits, dot, dash, underscore';
    throw invalid('dataset', expected, JSON.stringify(request.dataset));
  }
  return request;
}

const jobRunName = (run: string, attempt: number) => `${run}-${attempt}`;

const jobEnvironment = (run: string, attempt: number) => ({
  EARSHOT_RUN: run,
  EARSHOT_ATTEMPT: String(attempt),
});
