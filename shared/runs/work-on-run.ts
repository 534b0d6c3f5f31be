import pMap from 'p-map';
import { memberRun, runKeys } from '../dataset/keys.ts';
import type { Engine } from '../engine/engine.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import {
  firstStatus,
  type MemberReport,
  memberReportSchema,
  networksAskedFor,
  type RunReport,
  runStatusSchema,
} from './documents.ts';
import { hasFailed, readMemberStatuses, summaryOf } from './ensemble-status.ts';
import { Heartbeat } from './heartbeat.ts';
import { claimPublication, type PublicationClaim } from './publication-claim.ts';
import { publishEnsemble } from './publish-ensemble.ts';
import { readJob } from './start-run.ts';
import { type MemberOptions, trainMember } from './train-member.ts';
import { type LoadedClips, loadClips } from './train-network.ts';
import {
  jobOfAttempt,
  readReport,
  type TrainRunOptions,
  trainRun,
  underHeartbeat,
  unlessStopped,
} from './train-run.ts';

/** `left`: what is still to be done, if anything is, is done by the trainers of other members. */
export type WorkOutcome = 'published' | 'stopped' | 'left';

const concurrency = 8;

/**
 * What a process of the training job does: works on a run of one network until it is published; of an ensemble trains
 * the member of its index, and publishes the ensemble when that was the last.
 * @throws as `trainRun` does
 */
export async function workOnRun(options: TrainRunOptions, index: number): Promise<WorkOutcome> {
  const { store, run, attempt, signal } = options;
  const started = await readJob(store, run);
  // A run that was not started says so in its status.
  if (started === null || networksAskedFor(started.request).length === 1) {
    return (await trainRun(options)) === null ? 'stopped' : 'published';
  }
  const report = await readReport(store, run);
  if (report !== null) {
    await noteCompleted(options, report);
    return 'published';
  }
  if (await hasFailed(store, run)) return 'left';
  const job = await jobOfAttempt(store, run, attempt, index);
  let engine: Promise<Engine> | null = null;
  const openEngine = () => (engine ??= options.openEngine());
  const member: MemberOptions = { ...options, openEngine, job, index };

  const wasTrained = (await readMemberReport(store, run, index)) !== null;
  const clips = wasTrained ? null : await trainMember(member);
  if (clips === null && !wasTrained) return signal.aborted ? 'stopped' : 'left';
  const members = await readTrained(store, run, networksAskedFor(job.request).length);
  if (members === null) return 'left';
  const claim = await claimPublication(store, run, { member: index, attempt }, wasTrained);
  return claim === null ? 'left' : publish(member, members, clips, claim);
}

/** Its publisher may have ended before it could say so. */
async function noteCompleted({ store, run, attempt }: TrainRunOptions, { steps }: RunReport): Promise<void> {
  const read = await readJson(store, runKeys(run).status, runStatusSchema, 'DOCUMENT_CORRUPT');
  if (read?.value.phase === 'completed') return;
  const status = read?.value ?? firstStatus(run, attempt, 'completed');
  const heartbeat = new Date().toISOString();
  await writeJson(store, runKeys(run).status, {
    ...status,
    phase: 'completed',
    step: steps,
    steps,
    heartbeat,
  });
}

/** @throws DOCUMENT_CORRUPT */
async function readMemberReport(
  store: ObjectStore,
  run: string,
  index: number,
): Promise<MemberReport | null> {
  const key = runKeys(memberRun(run, index)).report;
  return (await readJson(store, key, memberReportSchema, 'DOCUMENT_CORRUPT'))?.value ?? null;
}

/** The reports of all members; null while one is missing. @throws DOCUMENT_CORRUPT */
async function readTrained(store: ObjectStore, run: string, members: number): Promise<MemberReport[] | null> {
  const indices = Array.from({ length: members }, (_, index) => index);
  const reports = await pMap(indices, (index) => readMemberReport(store, run, index), { concurrency });
  const trained = reports.filter((report) => report !== null);
  return trained.length === members ? trained : null;
}

/** @param clips null to load them */
async function publish(
  member: MemberOptions,
  members: readonly MemberReport[],
  clips: LoadedClips | null,
  claim: PublicationClaim,
): Promise<'published' | 'stopped'> {
  const { store, run, job, attempt, signal } = member;
  const heartbeat = new Heartbeat(store, run, attempt, member.heartbeatMs);
  return underHeartbeat(heartbeat, async () => {
    const progress = summaryOf(await readMemberStatuses(store, run, members.length));
    heartbeat.note({ ...progress, error: null, etaSeconds: null, phase: 'evaluating' });
    heartbeat.start();
    const engine = await member.openEngine();
    const [first] = networksAskedFor(job.request);
    const report = await unlessStopped(signal, run, async () =>
      publishEnsemble({
        ...(clips ?? (await loadClips(store, job, first!.clipMegabytes))),
        ...{ store, engine, job, members, attempt, signal },
        confirm: async () => {
          await claim.confirm();
          heartbeat.note({ phase: 'publishing' });
        },
        code: member.code ?? null,
      }),
    );
    if (report === null) await heartbeat.end({});
    else await heartbeat.end({ phase: 'completed', step: report.steps, steps: report.steps });
    return report === null ? 'stopped' : 'published';
  });
}
