import type { ClipTable } from '../dataset/clip-table.ts';
import type { Snapshot } from '../dataset/documents.ts';
import { runKeys } from '../dataset/keys.ts';
import { readSnapshot, readSplit } from '../dataset/read-shards.ts';
import type { Engine } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { log } from '../log/log.ts';
import { encodeSavedModel } from '../model/saved-model.ts';
import { moveAlias } from '../registry/aliases.ts';
import { claimVersion, publishVersion } from '../registry/versions.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type ResolvedSettings, resolveTraining, trainingSettingsSchema } from '../training/settings.ts';
import { type FinishedTraining, trainClassifier } from '../training/train-classifier.ts';
import { Checkpoints } from './checkpoints.ts';
import { type RunJob, type RunReport, type RunRequest, runJobSchema, statusError } from './documents.ts';
import { judge } from './gate.ts';
import { Heartbeat } from './heartbeat.ts';
import { scoreServedModel } from './score-served-model.ts';
import { readRunRequest } from './start-run.ts';

export interface TrainRunOptions {
  readonly store: ObjectStore;
  readonly engine: Engine;
  readonly run: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly heartbeatMs: number;
}

/**
 * Works on a run until its model is published, from its checkpoint if there is one. Returns null when the signal
 * stopped it: the checkpoint is written, and the run continues when it is started again.
 * @throws RUN_FENCED, TRAINING_DIVERGED, OBJECT_MISSING, SHARD_CORRUPT, CHECKPOINT_CORRUPT, and what the store throws
 */
export async function trainRun(options: TrainRunOptions): Promise<RunReport | null> {
  const { store, run, attempt, engine } = options;
  const heartbeat = new Heartbeat(store, run, attempt, options.heartbeatMs);
  try {
    heartbeat.note({ engine: `${engine.name}: ${engine.version}` });
    const report = await work(options, heartbeat);
    await heartbeat.end(report === null ? {} : { phase: 'completed' });
    return report;
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

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

interface Loaded {
  readonly request: RunRequest;
  readonly job: RunJob;
  readonly snapshot: Snapshot;
  readonly train: ClipTable;
  readonly evaluate: ClipTable;
}

async function work(options: TrainRunOptions, heartbeat: Heartbeat): Promise<RunReport | null> {
  const { store, engine, run, signal } = options;
  const checkpoints = await Checkpoints.take(store, run);
  heartbeat.start();
  heartbeat.note({ phase: 'loading' });
  const began = performance.now();
  const loaded = await load(store, run);
  const { train, evaluate, snapshot, request } = loaded;
  const resume = await checkpoints.load();
  const facts = { clips: train.clips, labels: snapshot.labels.length, ...snapshot.shape };
  const { spec, settings } = resolveTraining(trainingSettingsSchema.parse(request.training ?? {}), facts);
  const loadingSeconds = (performance.now() - began) / 1000;
  await writeResolved(options, loaded, settings, spec);
  log('info', 'training', { run, engine: engine.name, ...facts, ...settings, resumedAt: resume?.step ?? 0 });

  let losses: { step: number; loss: number }[] = [];
  const result = await trainClassifier({
    engine,
    spec,
    settings,
    train,
    evaluate,
    signal,
    ...(resume === null ? {} : { resume }),
    onPhase: (phase) => heartbeat.note({ phase }),
    onProgress: ({ step, steps, loss, examplesPerSecond, etaSeconds }) => {
      losses.push({ step, loss });
      heartbeat.note({ step, steps, loss, examplesPerSecond, etaSeconds });
    },
    onCheckpoint: async (state) => {
      const committed = losses;
      losses = [];
      await checkpoints.commit(state, { steps: committed });
    },
  });
  if (result.outcome === 'aborted') {
    log('info', 'training-stopped', { run, step: result.step });
    return null;
  }
  heartbeat.note({ phase: 'publishing' });
  return publish(options, loaded, result, settings, loadingSeconds);
}

async function load(store: ObjectStore, run: string): Promise<Loaded> {
  const keys = runKeys(run);
  const request = await readRunRequest(store, run);
  if (request === null) throw new EarshotError('OBJECT_MISSING', { file: keys.request });
  const job = (await readJson(store, keys.job, runJobSchema, 'STORE_FAILED'))?.value;
  if (job === undefined) throw new EarshotError('OBJECT_MISSING', { file: keys.job });
  const snapshot = await readSnapshot(store, job.snapshot);
  const train = await readSplit(store, snapshot, 'train');
  const evaluate = await readSplit(store, snapshot, 'eval');
  return { request, job, snapshot, train, evaluate };
}

/** What the run really works with, for whoever wants to repeat it. */
function writeResolved(
  { store, engine, run, attempt }: TrainRunOptions,
  { request, job }: Loaded,
  settings: ResolvedSettings,
  spec: object,
) {
  return writeJson(store, runKeys(run).resolved, {
    run,
    attempt,
    dataset: request.dataset,
    model: request.model ?? request.dataset,
    snapshot: job.snapshot,
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

async function publish(
  { store, engine, run }: TrainRunOptions,
  { request, job, snapshot, evaluate }: Loaded,
  result: FinishedTraining,
  settings: ResolvedSettings,
  loadingSeconds: number,
): Promise<RunReport> {
  const model = request.model ?? request.dataset;
  const { mAP, priorMAP } = result.metrics;
  const served = await scoreServedModel(store, engine, model, snapshot, evaluate);
  const verdict = judge({ mAP, priorMAP, served });
  const version = await claimVersion(store, model, run);
  const lineage = { run, dataset: request.dataset, snapshot: job.snapshot, engine: engine.version, settings };
  await publishVersion(store, model, version, encodeSavedModel({ ...result, labels: snapshot.labels }), {
    labels: snapshot.labels,
    metrics: { ...result.metrics, curve: result.curve },
    lineage,
  });
  const { AUC, dPrime, evaluated, labels } = result.metrics;
  const report: RunReport = {
    run,
    model,
    version,
    snapshot: job.snapshot,
    engine: engine.name,
    seconds: { loading: loadingSeconds, ...result.seconds },
    steps: result.steps,
    parameters: result.parameters,
    clips: result.clips,
    metrics: { mAP, AUC, dPrime, evaluated, labels },
    gate: { ...verdict, priorMAP, served },
  };
  await writeJson(store, runKeys(run).report, report);
  if (verdict.passed) await moveAlias(store, model, { alias: 'stable', version, reason: verdict.reason });
  log('info', 'published', { run, model, version, mAP, AUC, dPrime, ...verdict });
  return report;
}
