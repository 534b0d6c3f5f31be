import { memberRun, prefixes, runKeys } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { networksAskedFor, type RunStatus, runStatusSchema } from '../runs/documents.ts';
import type { JobStarter } from '../runs/job-starter.ts';
import { readJob, restartRun, startRun } from '../runs/start-run.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Setback, Setbacks } from './setbacks.ts';
import { silentMembers } from './silent-members.ts';

/** A trainer writes its status at least every half minute; after this silence it is gone. */
const staleAfterMs = 10 * 60_000;

/** When the objects that tell of a run's life were written, and its job's ETag; null when they are not there. */
interface RunTimes {
  readonly requestAt: Date | null;
  readonly jobAt: Date | null;
  readonly job: string | null;
}

export interface RevivedRuns {
  readonly started: readonly string[];
  readonly restarted: readonly string[];
  readonly failed: readonly Setback[];
}

/** Starts requested runs whose event was lost, and runs again whose trainer fell silent before its end. */
export async function reviveRuns(store: ObjectStore, jobs: JobStarter, now: Date): Promise<RevivedRuns> {
  const setbacks = new Setbacks();
  const started: string[] = [];
  const restarted: string[] = [];
  for (const [run, times] of await listRuns(store)) {
    await setbacks.past(runKeys(run).base, async () => {
      const status = await readJson(store, runKeys(run).status, runStatusSchema, 'DOCUMENT_CORRUPT');
      if (isLost(times, status?.value)) {
        if (await startUnlessUnsettled(store, jobs, run)) started.push(run);
      } else if (isUnderWay(times, status?.value)) {
        const silence = {
          since: beatOf(times, status?.value),
          before: new Date(now.getTime() - staleAfterMs),
        };
        for (const { member, job } of await silentTrainers(store, run, times.job, silence)) {
          await setbacks.past(runKeys(nameOf(run, member)).base, async () => {
            if (await restartRun(store, jobs, run, member, job)) restarted.push(nameOf(run, member));
          });
        }
      }
    });
  }
  return { started, restarted, failed: setbacks.all };
}

async function listRuns(store: ObjectStore): Promise<Map<string, RunTimes>> {
  const runs = new Map<string, RunTimes>();
  for await (const { key, lastModified, etag } of store.list(prefixes.runs)) {
    const [run = '', file, ...deeper] = key.slice(prefixes.runs.length).split('/');
    if (deeper.length > 0 || (file !== 'request.json' && file !== 'job.json')) continue;
    const times = runs.get(run) ?? { requestAt: null, jobAt: null, job: null };
    const own = file === 'job.json' ? { jobAt: lastModified, job: etag } : { requestAt: lastModified };
    runs.set(run, { ...times, ...own });
  }
  return runs;
}

/** Requested and never started. A refused request counts when it was written again since. */
function isLost({ requestAt, jobAt }: RunTimes, status: RunStatus | undefined): boolean {
  if (requestAt === null || jobAt !== null) return false;
  return status?.phase !== 'failed' || requestAt.getTime() > Date.parse(status.heartbeat);
}

/** Started, and not ended. */
function isUnderWay({ jobAt }: RunTimes, status: RunStatus | undefined): boolean {
  return jobAt !== null && status?.phase !== 'completed' && status?.phase !== 'failed';
}

/** When the run was last heard of. */
function beatOf({ jobAt }: RunTimes, status: RunStatus | undefined): Date {
  return new Date(Math.max(jobAt?.getTime() ?? 0, status === undefined ? 0 : Date.parse(status.heartbeat)));
}

/**
 * Whose trainers have fallen silent: `member` is `null` for a run of one network, the index for one of an ensemble;
 * `job` is the ETag of the job it fell silent in.
 */
async function silentTrainers(
  store: ObjectStore,
  run: string,
  job: string | null,
  silence: { readonly since: Date; readonly before: Date },
): Promise<{ readonly member: number | null; readonly job: string | null }[]> {
  const started = await readJob(store, run);
  const networks = started === null ? 1 : networksAskedFor(started.request).length;
  if (networks > 1) return silentMembers(store, run, networks, silence);
  return silence.since <= silence.before ? [{ member: null, job }] : [];
}

const nameOf = (run: string, member: number | null) => (member === null ? run : memberRun(run, member));

/** Uploads on their way are no fault of the sweep's: the next one looks again. */
async function startUnlessUnsettled(store: ObjectStore, jobs: JobStarter, run: string): Promise<boolean> {
  try {
    return (await startRun(store, jobs, runKeys(run).request, 0)).outcome === 'started';
  } catch (error) {
    if (error instanceof EarshotError && error.code === 'PIPELINE_NOT_SETTLED') return false;
    throw error;
  }
}
