import type { ClipTable } from '../dataset/clip-table.ts';
import type { Snapshot } from '../dataset/documents.ts';
import { runKeys } from '../dataset/keys.ts';
import { readSnapshot, readSplit } from '../dataset/read-shards.ts';
import { frameBytes } from '../dataset/shard-format.ts';
import { streamSplit } from '../dataset/streamed-clips.ts';
import type { Engine } from '../engine/engine.ts';
import { log } from '../log/log.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { clipsPerClass } from '../training/clips-per-class.ts';
import { type ResolvedSettings, resolveTraining, type TrainingSettings } from '../training/settings.ts';
import { type FinishedTraining, trainClassifier } from '../training/train-classifier.ts';
import type { CurvePoint } from '../training/training-state.ts';
import type { Checkpoints, MetricsSegment } from './checkpoints.ts';
import { type RunJob, servedName } from './documents.ts';
import type { Heartbeat } from './heartbeat.ts';

export interface LoadedClips {
  readonly snapshot: Snapshot;
  readonly train: ClipTable;
  readonly evaluate: ClipTable;
  readonly loadingSeconds: number;
}

export interface NetworkToTrain {
  readonly store: ObjectStore;
  readonly engine: Engine;
  /** The run, or the member of one: where its objects lie. */
  readonly run: string;
  readonly attempt: number;
  readonly job: RunJob;
  readonly request: TrainingSettings;
  readonly checkpoints: Checkpoints;
  readonly heartbeat: Heartbeat;
  readonly signal: AbortSignal;
}

export interface TrainedNetwork extends LoadedClips {
  readonly settings: ResolvedSettings;
  /** Of the model in training. */
  readonly spec: ModelSpec;
  readonly result: FinishedTraining;
}

/**
 * Trains one network from its checkpoint, or from the beginning, to its end. Null when the signal stopped it: the
 * checkpoint is written then.
 * @throws RUN_FENCED, TRAINING_DIVERGED, RUN_REQUEST_INVALID, OBJECT_MISSING, SHARD_CORRUPT, CHECKPOINT_CORRUPT
 */
export async function trainNetwork(network: NetworkToTrain): Promise<TrainedNetwork | null> {
  const { store, engine, run, job, request, checkpoints, heartbeat, signal } = network;
  heartbeat.note({ engine: `${engine.name}: ${engine.version}`, phase: 'loading' });
  const loaded = await loadClips(store, job, request.clipMegabytes);
  const { train, evaluate, snapshot } = loaded;
  const resume = await checkpoints.load();
  const facts = {
    clips: train.clips,
    clipsPerClass: clipsPerClass(train),
    labels: snapshot.labels.length,
    ...snapshot.shape,
  };
  const { spec, settings } = resolveTraining(request, facts);
  await writeResolved(network, settings, spec);
  log('info', 'training', { run, engine: engine.name, ...facts, ...settings, resumedAt: resume?.step ?? 0 });

  let steps: MetricsSegment['steps'] = [];
  let pointsCommitted = resume?.curve.length ?? 0;
  const result = await trainClassifier({
    engine,
    spec,
    settings,
    train,
    evaluate,
    precision: job.request.precision,
    signal,
    ...(resume === null ? {} : { resume }),
    onPhase: (phase) => heartbeat.note({ phase }),
    onProgress: (progress) => {
      const { step, loss } = progress;
      steps.push({ step, loss, time: Date.now() / 1000 });
      heartbeat.note(progress);
    },
    onCheckpoint: async (state) => {
      const committed = { steps, validation: validationOf(state.curve.slice(pointsCommitted)) };
      steps = [];
      pointsCommitted = state.curve.length;
      await checkpoints.commit(state, committed);
    },
  });
  if (result.outcome === 'finished') return { ...loaded, settings, spec, result };
  log('info', 'training-stopped', { run, step: result.step });
  return null;
}

function validationOf(curve: readonly CurvePoint[]): MetricsSegment['validation'] {
  const time = Date.now() / 1000;
  return curve.flatMap(({ step, validation }) =>
    validation === null ? [] : [{ step, ...validation, time }],
  );
}

/** @param clipMegabytes training clips that take more are streamed */
export async function loadClips(
  store: ObjectStore,
  job: RunJob,
  clipMegabytes: number,
): Promise<LoadedClips> {
  const began = performance.now();
  const snapshot = await readSnapshot(store, job.snapshot);
  const { splits, shape } = snapshot;
  const isLarge = frameBytes(splits.train.clips, shape) > clipMegabytes * 1e6;
  const train = await (isLarge ? streamSplit : readSplit)(store, snapshot, 'train');
  const evaluate = await readSplit(store, snapshot, 'eval');
  return { snapshot, train, evaluate, loadingSeconds: (performance.now() - began) / 1000 };
}

/** What the run really works with, for whoever wants to repeat it. */
function writeResolved(
  { store, run, attempt, engine, job: { request, snapshot } }: NetworkToTrain,
  settings: ResolvedSettings,
  spec: ModelSpec,
) {
  return writeJson(store, runKeys(run).resolved, {
    run,
    attempt,
    dataset: request.dataset,
    model: servedName(request),
    snapshot,
    settings,
    spec,
    engine: {
      name: engine.name,
      version: engine.version,
      nativeUnavailable: engine.nativeUnavailable ?? null,
    },
    node: process.version,
  });
}
