import { buildSnapshot } from '../dataset/build-snapshot.ts';
import { isDatasetName, isRunName, memberRun, runKeys, runOfRequest } from '../dataset/keys.ts';
import { settledSources } from '../dataset/settled-sources.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { committedStep } from './checkpoints.ts';
import {
  firstStatus,
  networksAskedFor,
  type RunJob,
  type RunRequest,
  runJobSchema,
  runRequestSchema,
} from './documents.ts';
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
    await jobs.start(job.jobRun, jobEnvironment(run, job.attempt), arrayFor(job.request));
  } catch (error) {
    // Should it have been started all the same, the next delivery starts the same name, which is no second job run.
    await store.delete(keys.job);
    throw error;
  }
  return { outcome: 'started', job };
}

/** An index for each member of an ensemble; no array for one network. */
function arrayFor(request: RunRequest): number[] | undefined {
  const networks = networksAskedFor(request).length;
  return networks === 1 ? undefined : Array.from({ length: networks }, (_, index) => index);
}

/**
 * Starts a run again, or that member of an ensemble, whose trainer is gone. False when another sweep was first, or when it was tried often enough
 * without getting further: the run has failed then.
 * @param seen ETag of the job whose trainer was found gone, null for a member that had none of its own; another job is
 *   another sweep's, whose trainer has only begun
 * @throws JOB_START_FAILED, DOCUMENT_CORRUPT, CHECKPOINT_CORRUPT
 */
export async function restartRun(
  store: ObjectStore,
  jobs: JobStarter,
  run: string,
  member: number | null = null,
  seen?: string | null,
): Promise<boolean> {
  const own = member === null ? run : memberRun(run, member);
  const key = runKeys(own).job;
  const written = await readJson(store, key, runJobSchema, 'DOCUMENT_CORRUPT');
  if (seen !== undefined && seen !== (written?.etag ?? null)) return false;
  const last = written?.value ?? (await readFirstJob(store, run));
  if (last === null) return false;
  const attempt = last.attempt + 1;
  const step = await committedStep(store, own);
  const fruitless = step > last.step ? 0 : last.fruitless + 1;
  if (fruitless >= mostFruitless) {
    const received = `${mostFruitless} attempts that did not get beyond step ${step}`;
    const error = new EarshotError('RUN_FAILED', { field: own, received });
    await writeJson(store, runKeys(run).status, firstStatus(run, attempt - 1, 'failed', error));
    return false;
  }
  const job: RunJob = { ...last, attempt, jobRun: jobRunName(run, attempt, member), step, fruitless };
  const condition = written === null ? { ifAbsent: true } : { ifMatch: written.etag };
  const claim = await writeJson(store, key, job, condition);
  if (!claim.written) return false;
  await jobs.start(job.jobRun, jobEnvironment(run, attempt), member === null ? undefined : [member]);
  return true;
}

/** As what the trainer of a run, or of a member, was started last; null when the run was not. @throws DOCUMENT_CORRUPT */
export async function readJob(
  store: ObjectStore,
  run: string,
  member: number | null = null,
): Promise<RunJob | null> {
  if (member === null) return readFirstJob(store, run);
  const key = runKeys(memberRun(run, member)).job;
  const own = await readJson(store, key, runJobSchema, 'DOCUMENT_CORRUPT');
  return own?.value ?? readFirstJob(store, run);
}

/** The members of an ensemble are started as one; only one that is started again has a job of its own. */
async function readFirstJob(store: ObjectStore, run: string): Promise<RunJob | null> {
  const read = await readJson(store, runKeys(run).job, runJobSchema, 'DOCUMENT_CORRUPT');
  return read?.value ?? null;
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

/** The last part of a member's is no number: no other run can have the name. */
const jobRunName = (run: string, attempt: number, member: number | null = null) =>
  `${run}-${attempt}${member === null ? '' : `-m${member}`}`;

const jobEnvironment = (run: string, attempt: number) => ({
  EARSHOT_RUN: run,
  EARSHOT_ATTEMPT: String(attempt),
});
