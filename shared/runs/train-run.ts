import { runKeys } from '../dataset/keys.ts';
import type { Engine } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { log } from '../log/log.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { Checkpoints } from './checkpoints.ts';
import { crossValidateRun } from './cross-validate-run.ts';
import { networksAskedFor, type RunJob, type RunReport, runReportSchema, statusError } from './documents.ts';
import { Heartbeat } from './heartbeat.ts';
import { publishRun } from './publish-run.ts';
import { readJob } from './start-run.ts';
import { trainNetwork } from './train-network.ts';

export interface TrainRunOptions {
  readonly store: ObjectStore;
  /** Called once; when it throws, the run's status says so. */
  readonly openEngine: () => Promise<Engine>;
  readonly run: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly heartbeatMs: number;
  /** What code this is, for the record. */
  readonly code?: string | undefined;
}

/**
 * Works on a run of one network until its model is published, from its checkpoint if there is one. Returns null when
 * the signal stopped it: the checkpoint is written, and the run continues when it is started again. A run that is
 * complete is left as it is.
 * @throws RUN_FENCED, TRAINING_DIVERGED, OBJECT_MISSING, SHARD_CORRUPT, CHECKPOINT_CORRUPT, ENGINE_UNAVAILABLE,
 *   DOCUMENT_CORRUPT, and what the store throws
 */
export async function trainRun(options: TrainRunOptions): Promise<RunReport | null> {
  const { store, run, attempt } = options;
  const heartbeat = new Heartbeat(store, run, attempt, options.heartbeatMs);
  return underHeartbeat(heartbeat, async () => {
    const report = (await readReport(store, run)) ?? (await work(options, heartbeat));
    if (report === null) await heartbeat.end({});
    else await heartbeat.end({ phase: 'completed', step: report.steps, steps: report.steps });
    return report;
  });
}

/** Notes in the status how work ends that fails. @throws what the work throws */
export async function underHeartbeat<T>(heartbeat: Heartbeat, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known =
      error instanceof EarshotError ? error : new EarshotError('INTERNAL_FAULT', {}, { cause: error });
    const noted = { ...statusError(known), message: messageOf(error) };
    // The trainer that took over writes the status now. What the user must mend is final; a fault may pass, so the
    // run keeps its phase and the sweep starts it again.
    if (known.code === 'RUN_FENCED') await heartbeat.stop();
    else await heartbeat.end(known.isUserError ? { phase: 'failed', error: noted } : { error: noted });
    throw error;
  }
}

/** The report of a run that is complete; null while it is not. @throws DOCUMENT_CORRUPT */
export async function readReport(store: ObjectStore, run: string): Promise<RunReport | null> {
  const read = await readJson(store, runKeys(run).report, runReportSchema, 'DOCUMENT_CORRUPT');
  return read?.value ?? null;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function work(options: TrainRunOptions, heartbeat: Heartbeat): Promise<RunReport | null> {
  const { store, run, attempt, signal } = options;
  const job = await jobOfAttempt(store, run, attempt);
  const [request] = networksAskedFor(job.request);
  const engine = await options.openEngine();
  const checkpoints = await Checkpoints.take(store, run);
  heartbeat.start();
  const trained = await trainNetwork({
    ...{ store, engine, run, attempt, job, checkpoints, heartbeat, signal },
    request: request!,
  });
  if (trained === null) return null;
  return unlessStopped(signal, run, async () => {
    const crossValidation = await crossValidateRun({ ...trained, engine, job, request: request!, signal });
    heartbeat.note({ phase: 'publishing' });
    const report = await publishRun({
      ...trained,
      ...{ store, engine, job, crossValidation, signal },
      confirm: () => checkpoints.confirm(),
      measured: async () => {
        const measured = await checkpoints.measured();
        await writeJson(store, runKeys(run).measured, measured);
        return measured;
      },
      attempt: job.attempt,
      code: options.code ?? null,
    });
    return report;
  });
}

/** Null when the signal stopped the publication. */
export async function unlessStopped<T>(
  signal: AbortSignal,
  run: string,
  publish: () => Promise<T>,
): Promise<T | null> {
  try {
    return await publish();
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    log('info', 'publishing-stopped', { run });
    return null;
  }
}

/** @throws OBJECT_MISSING; RUN_FENCED when the platform started an old attempt once more: it would take the run from the new one */
export async function jobOfAttempt(
  store: ObjectStore,
  run: string,
  attempt: number,
  member: number | null = null,
): Promise<RunJob> {
  const job = await readJob(store, run, member);
  const file = runKeys(run).job;
  if (job === null) throw new EarshotError('OBJECT_MISSING', { file });
  if (attempt >= job.attempt) return job;
  const [expected, received] = [`attempt ${job.attempt}`, `attempt ${attempt}`];
  throw new EarshotError('RUN_FENCED', { file, expected, received });
}
