import { prefixes, runKeys } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { runStatusSchema } from '../runs/documents.ts';
import type { JobStarter } from '../runs/job-starter.ts';
import { restartRun, startRun } from '../runs/start-run.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** A trainer writes its status at least every half minute; after this silence it is gone. */
const staleAfterMs = 10 * 60_000;

/** Starts requested runs whose event was lost, and runs again whose trainer fell silent before its end. */
export async function reviveRuns(store: ObjectStore, jobs: JobStarter, now: Date) {
  const seen = new Map<string, { request: boolean; jobAt: Date | null }>();
  for await (const { key, lastModified } of store.list(prefixes.runs)) {
    const [run = '', file] = key.slice(prefixes.runs.length).split('/');
    const known = seen.get(run) ?? { request: false, jobAt: null };
    if (file === 'request.json') seen.set(run, { ...known, request: true });
    if (file === 'job.json') seen.set(run, { ...known, jobAt: lastModified });
  }
  const started: string[] = [];
  const restarted: string[] = [];
  for (const [run, { request, jobAt }] of seen) {
    const status = (await readJson(store, runKeys(run).status, runStatusSchema, 'STORE_FAILED'))?.value;
    if (status?.phase === 'completed' || status?.phase === 'failed') continue;
    if (jobAt === null) {
      if (!request) continue;
      if (await startUnlessUnsettled(store, jobs, run)) started.push(run);
      continue;
    }
    const heartbeat = Math.max(jobAt.getTime(), status === undefined ? 0 : Date.parse(status.heartbeat));
    if (now.getTime() - heartbeat < staleAfterMs) continue;
    if (await restartRun(store, jobs, run)) restarted.push(run);
  }
  return { started, restarted };
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
