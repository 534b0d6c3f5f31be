import { memberRun, runKeys } from '../dataset/keys.ts';
import type { Engine } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { joinNetworks } from '../model/ensemble.ts';
import { preprocessingOf } from '../model/preprocessing.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { chosenNetworks } from '../training/chosen-networks.ts';
import { finishModel } from '../training/finish-model.ts';
import { splitValidation } from '../training/validation-split.ts';
import { readCheckpoint } from './checkpoints.ts';
import { type MemberReport, networksAskedFor, type RunJob, type RunReport } from './documents.ts';
import { publishRun } from './publish-run.ts';
import type { LoadedClips } from './train-network.ts';

export interface TrainedEnsemble extends LoadedClips {
  readonly store: ObjectStore;
  readonly engine: Engine;
  readonly job: RunJob;
  readonly members: readonly MemberReport[];
  readonly attempt: number;
  readonly confirm: () => Promise<void>;
  readonly code: string | null;
  readonly signal: AbortSignal;
}

/**
 * Joins the trained members of a run to one model, measures and publishes it as one.
 * @throws CHECKPOINT_CORRUPT, RUN_FENCED, CONDITIONAL_WRITE_LOST, MODEL_CORRUPT; the signal's reason when it aborts
 */
export async function publishEnsemble(ensemble: TrainedEnsemble): Promise<RunReport> {
  const { store, engine, job, members, train, evaluate, signal } = ensemble;
  const requests = networksAskedFor(job.request);
  const networks = [];
  for (const [index, { spec, chosen }] of members.entries()) {
    const state = await readCheckpoint(store, memberRun(job.run, index));
    if (state === null) {
      const file = runKeys(memberRun(job.run, index)).checkpointPointer;
      throw new EarshotError('CHECKPOINT_CORRUPT', { file, expected: 'a state', received: 'nothing' });
    }
    networks.push(chosenNetworks(state, chosen, spec));
  }
  // Each member weighs the same.
  const ofEach = Math.min(...networks.map((own) => own.length));
  const joined = joinNetworks(networks.flatMap((own) => own.slice(-ofEach)));
  // Clips that one member trained on would make float16 look no worse, but only what none has seen is fair.
  const split = splitValidation(
    train,
    requests.every(({ earlyStopping }) => earlyStopping !== undefined),
  );
  const { evaluatingSeconds, ...finished } = await finishModel({
    ...{ engine, train, evaluate, split, signal, ...joined },
    preprocessing: preprocessingOf(train.frames),
    precision: job.request.precision,
  });
  const total = (of: (member: MemberReport) => number) =>
    members.reduce((sum, member) => sum + of(member), 0);
  const settings = { seed: requests[0]!.seed, members: members.map((member) => member.settings) };
  return publishRun({
    ...ensemble,
    settings,
    spec: joined.spec,
    result: {
      ...finished,
      steps: total(({ steps }) => steps),
      curve: [],
      clips: members[0]!.clips,
      seconds: { training: total(({ seconds }) => seconds.training), evaluating: evaluatingSeconds },
    },
    // Each member keeps its own.
    measured: async () => ({ steps: [], validation: [] }),
    members: members.map(({ seed, spec, engine: name, steps, parameters, metrics, curves }) => ({
      ...{ seed, spec, steps, parameters, metrics, curves },
      engine: name,
    })),
  });
}
