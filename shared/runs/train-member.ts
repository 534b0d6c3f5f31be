import { memberRun, runKeys } from '../dataset/keys.ts';
import type { Engine } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { log } from '../log/log.ts';
import { curvesOf } from '../run-report/curves.ts';
import { writeJson } from '../storage/json-objects.ts';
import { Checkpoints } from './checkpoints.ts';
import { firstStatus, type MemberReport, networksAskedFor, type RunJob, statusError } from './documents.ts';
import { summariseMembers } from './ensemble-status.ts';
import { Heartbeat } from './heartbeat.ts';
import { type LoadedClips, trainNetwork } from './train-network.ts';
import { type TrainRunOptions, underHeartbeat } from './train-run.ts';

export interface MemberOptions extends TrainRunOptions {
  readonly job: RunJob;
  readonly index: number;
}

/**
 * Trains one member of an ensemble, from its checkpoint if there is one, and writes its report; its objects lie below
 * `runs/<run>/members/<index>/`. Returns the clips it was trained on, or null when the signal stopped it, or
 * the failure of another member.
 * @throws as `trainRun` does; what the user must mend has failed the whole run
 */
export async function trainMember(member: MemberOptions): Promise<LoadedClips | null> {
  const { store, run, index, job, attempt } = member;
  const networks = networksAskedFor(job.request).length;
  if (index >= networks) throw new EarshotError('SETTING_INVALID', outside(index, networks));
  const failure = new AbortController();
  const signal = AbortSignal.any([member.signal, failure.signal]);
  const heartbeat = new Heartbeat(store, memberRun(run, index), attempt, member.heartbeatMs, async () => {
    const failed = await summariseMembers(store, run, networks);
    // What it would learn is of no use without the others.
    if (failed) failure.abort(new Error('another member has failed'));
  });
  try {
    return await underHeartbeat(heartbeat, () => work({ ...member, signal }, heartbeat));
  } catch (error) {
    if (error instanceof EarshotError && error.isUserError) {
      const status = firstStatus(run, attempt, 'failed', error);
      const noted = { ...statusError(error), message: `member ${index}: ${error.message}` };
      await writeJson(store, runKeys(run).status, { ...status, error: noted });
    }
    throw error;
  }
}

const outside = (index: number, networks: number) => ({
  field: 'JOB_INDEX',
  expected: `0..${networks - 1}, the members of the run`,
  received: `${index}`,
});

async function work(member: MemberOptions, heartbeat: Heartbeat): Promise<LoadedClips | null> {
  const { store, run, index, job, attempt, signal } = member;
  const own = memberRun(run, index);
  const engine = await member.openEngine();
  const checkpoints = await Checkpoints.take(store, own);
  heartbeat.start();
  const request = networksAskedFor(job.request)[index]!;
  const network = { store, engine, run: own, attempt, job, request, checkpoints, heartbeat, signal };
  const trained = await trainNetwork(network);
  if (trained === null) {
    await heartbeat.end({});
    return null;
  }
  const measured = await checkpoints.measured();
  const report = memberReport(trained, engine, curvesOf(measured));
  // Since the last checkpoint another trainer may have taken the member over.
  await checkpoints.confirm();
  await writeJson(store, runKeys(own).measured, measured);
  await writeJson(store, runKeys(own).report, report, { ifAbsent: true });
  const { steps, metrics } = report;
  log('info', 'member-trained', { run, member: index, steps, mAP: metrics.mAP });
  await heartbeat.end({ phase: 'completed', step: steps, steps });
  return trained;
}

function memberReport(
  { result, settings, spec }: NonNullable<Awaited<ReturnType<typeof trainNetwork>>>,
  engine: Engine,
  curves: MemberReport['curves'],
): MemberReport {
  const { mAP, AUC, dPrime, evaluated, labels } = result.metrics;
  const { steps, parameters, chosen, clips, seconds } = result;
  return {
    seed: settings.seed,
    ...{ spec, steps, parameters, chosen, clips, seconds, curves },
    engine: engine.name,
    settings: { ...settings },
    metrics: { mAP, AUC, dPrime, evaluated, labels },
  };
}
