import pMap from 'p-map';
import { memberRun, runKeys } from '../dataset/keys.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type RunStatus, runStatusSchema } from './documents.ts';

const concurrency = 8;

/** The status of each member; null for one that has not begun. @throws DOCUMENT_CORRUPT */
export function readMemberStatuses(
  store: ObjectStore,
  run: string,
  members: number,
): Promise<(RunStatus | null)[]> {
  const indices = Array.from({ length: members }, (_, index) => index);
  const read = (index: number) =>
    readJson(store, runKeys(memberRun(run, index)).status, runStatusSchema, 'DOCUMENT_CORRUPT');
  return pMap(indices, async (index) => (await read(index))?.value ?? null, { concurrency });
}

/**
 * Brings `runs/<run>/status.json` up to date with its members while they train. When another member writes at the same
 * time its write counts, and once all are trained the publisher's. Returns whether the run has failed.
 * @throws DOCUMENT_CORRUPT
 */
export async function summariseMembers(store: ObjectStore, run: string, members: number): Promise<boolean> {
  const key = runKeys(run).status;
  const read = await readJson(store, key, runStatusSchema, 'DOCUMENT_CORRUPT');
  if (read === null || !isTraining(read.value)) return read?.value.phase === 'failed';
  const statuses = await readMemberStatuses(store, run, members);
  const next = { ...read.value, ...summaryOf(statuses), heartbeat: new Date().toISOString() };
  await writeJson(store, key, next, { ifMatch: read.etag });
  return false;
}

/** Whether nothing is to be done for a run any more, as one of its members cannot be trained. @throws DOCUMENT_CORRUPT */
export async function hasFailed(store: ObjectStore, run: string): Promise<boolean> {
  const read = await readJson(store, runKeys(run).status, runStatusSchema, 'DOCUMENT_CORRUPT');
  return read?.value.phase === 'failed';
}

/** While it is, the members write the run's status. */
const isTraining = ({ phase }: RunStatus) =>
  phase === 'starting' || phase === 'loading' || phase === 'training';

type Summary = Omit<RunStatus, 'run' | 'attempt' | 'heartbeat'>;

/** Members in one: steps and speed add up; those that have not begun are taken for as long as the others. */
export function summaryOf(statuses: readonly (RunStatus | null)[]): Summary {
  const begun = statuses.flatMap((status) => status ?? []);
  const at = begun.filter(({ phase }) => phase === 'training');
  const planned = begun.flatMap(({ steps }) => (steps > 0 ? [steps] : []));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const known = <T>(values: readonly (T | null)[]) => values.filter((value) => value !== null);
  const mean = (values: readonly number[]) => (values.length === 0 ? null : sum(values) / values.length);
  const failed = statuses.findIndex((status) => status !== null && status.error !== null);
  const error = statuses[failed]?.error ?? null;
  const etas = known(at.map(({ etaSeconds }) => etaSeconds));
  return {
    phase:
      planned.length > 0
        ? 'training'
        : begun.some(({ phase }) => phase === 'loading')
          ? 'loading'
          : 'starting',
    step: sum(begun.map(({ step }) => step)),
    steps: Math.round((mean(planned) ?? 0) * statuses.length),
    loss: mean(known(begun.map(({ loss }) => loss))),
    examplesPerSecond: at.length === 0 ? null : sum(known(at.map((status) => status.examplesPerSecond))),
    etaSeconds: etas.length === 0 || begun.length < statuses.length ? null : Math.max(...etas),
    engine: begun.find(({ engine }) => engine !== null)?.engine ?? null,
    error: error && { ...error, message: `member ${failed}: ${error.message}` },
    members: statuses.map(
      (status) =>
        status && {
          phase: status.phase,
          attempt: status.attempt,
          step: status.step,
          steps: status.steps,
          heartbeat: status.heartbeat,
        },
    ),
  };
}
