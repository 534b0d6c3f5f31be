import pMap from 'p-map';
import { memberRun, runKeys } from '../dataset/keys.ts';
import { runStatusSchema } from '../runs/documents.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

const concurrency = 8;

/** The life of a member, from what it has written. */
interface MemberLife {
  readonly isTrained: boolean;
  /** When it was last heard of, or started again; null for one that has not begun. */
  readonly beat: Date | null;
  /** ETag of its own job; null for one that was not started again. */
  readonly job: string | null;
}

/**
 * Indices and jobs of the members whose trainers have fallen silent. One that has not begun may wait for its turn behind the
 * others: it is silent when nobody of the run is heard any more. When all are trained, so should be their publisher;
 * the trainer of the first member does that when it is started again.
 *
 * @param silence since when the run itself has said nothing, and before when silence is too long
 * @throws DOCUMENT_CORRUPT
 */
export async function silentMembers(
  store: ObjectStore,
  run: string,
  members: number,
  silence: { readonly since: Date; readonly before: Date },
): Promise<{ readonly member: number; readonly job: string | null }[]> {
  const indices = Array.from({ length: members }, (_, index) => index);
  const lives = await pMap(indices, (index) => lifeOf(store, memberRun(run, index)), { concurrency });
  const beats = lives.flatMap(({ beat }) => (beat === null ? [] : [beat.getTime()]));
  const lastOfAll = new Date(Math.max(silence.since.getTime(), ...beats));
  const isSilent = (beat: Date | null) => (beat ?? lastOfAll) <= silence.before;
  const silent = lives.every(({ isTrained }) => isTrained)
    ? [0].filter(() => isSilent(lastOfAll))
    : indices.filter((index) => !lives[index]!.isTrained && isSilent(lives[index]!.beat));
  return silent.map((member) => ({ member, job: lives[member]!.job }));
}

/** @throws DOCUMENT_CORRUPT */
async function lifeOf(store: ObjectStore, member: string): Promise<MemberLife> {
  const keys = runKeys(member);
  const [report, job, status] = await Promise.all([
    store.head(keys.report),
    store.head(keys.job),
    readJson(store, keys.status, runStatusSchema, 'DOCUMENT_CORRUPT'),
  ]);
  const times = [
    ...(job === null ? [] : [job.lastModified.getTime()]),
    ...(status === null ? [] : [Date.parse(status.value.heartbeat)]),
  ];
  return {
    isTrained: report !== null,
    beat: times.length === 0 ? null : new Date(Math.max(...times)),
    job: job?.etag ?? null,
  };
}
