import { prefixes, runKeys } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { type RunStatus, runStatusSchema } from '../runs/documents.ts';
import type { JobStarter } from '../runs/job-starter.ts';
import { restartRun, startRun } from '../runs/start-run.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Setback, Setbacks } from './setbacks.ts';

/** A trainer writes its status at least every half minute; after this silence it is gone. */
const staleAfterMs = 10 * 60_000;

/** When the objects that tell of a run's life were written; null when they are not there. */
interface RunTimes {
  readonly requestAt: Date | null;
  readonly jobAt: Date | null;
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
      } else if (isSilent(times, status?.value, now)) {
        if (await restartRun(store, jobs, run)) restarted.push(run);
      }
    });
  }
  return { started, restarted, failed: setbacks.all };
}

async function listRuns(store: ObjectStore): Promise<Map<string, RunTimes>> {
  const runs = new Map<string, RunTimes>();
  for await (const { key, lastModified } of store.list(prefixes.runs)) {
    const [run = '', file, ...deeper] = key.slice(prefixes.runs.length).split('/');
    if (deeper.length > 0 || (file !== 'request.json' && file !== 'job.json')) continue;
    const times = runs.get(run) ?? { requestAt: null, jobAt: null };
    runs.set(run, { ...times, [file === 'job.json' ? 'jobAt' : 'requestAt']: lastModified });
  }
  return runs;
}

/** Requested and never started. A refused request counts when it was written again since. */
function isLost({ requestAt, jobAt }: RunTimes, status: RunStatus | undefined): boolean {
  if (requestAt === null || jobAt !== null) return false;
  return status?.phase !== 'failed' || requestAt.getTime() > Date.parse(status.heartbeat);
}

/** Started, not ended, and quiet for too long. */
function isSilent({ jobAt }: RunTimes, status: RunStatus | undefined, now: Date): boolean {
  if (jobAt === null || status?.phase === 'completed' || status?.phase === 'failed') return false;
  const heartbeat = Math.max(jobAt.getTime(), status === undefined ? 0 : Date.parse(status.heartbeat));
  return now.getTime() - heartbeat >= staleAfterMs;
}

/** Uploads on their way are no fault of the sweep's: the next one looks again. */
async function startUnlessUnsettled(store: ObjectStore, jobs: JobStarter, run: string): Promise<boolean> {
  try {
    return (await startRun(store, jobs, runKeys(run).request, 0)).outcome === 'started';
  } catch (error) {
    if (error instanceof EarshotError && error.code === 'PIPELINE_NOT_SETTLED') return false;
    throw error;
  }
}
