import type { ClipTable } from '../dataset/clip-table.ts';
import type { Snapshot } from '../dataset/documents.ts';
import { runKeys } from '../dataset/keys.ts';
import { readSnapshot, readSplit } from '../dataset/read-shards.ts';
import type { Engine } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { log } from '../log/log.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { clipsPerClass } from '../training/clips-per-class.ts';
import { type ResolvedSettings, resolveTraining, trainingSettingsSchema } from '../training/settings.ts';
import { trainClassifier } from '../training/train-classifier.ts';
import type { CurvePoint } from '../training/training-state.ts';
import { Checkpoints, type MetricsSegment } from './checkpoints.ts';
import {
  type RunJob,
  type RunReport,
  runJobSchema,
  runReportSchema,
  servedName,
  statusError,
} from './documents.ts';
import { Heartbeat } from './heartbeat.ts';
import { publishRun } from './publish-run.ts';

export interface TrainRunOptions {
  readonly store: ObjectStore;
  /** Called once; when it throws, the run's status says so. */
  readonly openEngine: () => Promise<Engine>;
  readonly run: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly heartbeatMs: number;
  /** What code this is, for the record. */
  readonly code?: string | undefined;
}

/**
 * Works on a run until its model is published, from its checkpoint if there is one. Returns null when the signal
 * stopped it: the checkpoint is written, and the run continues when it is started again. A run that is complete is
 * left as it is.
 * @throws RUN_FENCED, TRAINING_DIVERGED, OBJECT_MISSING, SHARD_CORRUPT, CHECKPOINT_CORRUPT, ENGINE_UNAVAILABLE,
 *   DOCUMENT_CORRUPT, and what the store throws
 */
export async function trainRun(options: TrainRunOptions): Promise<RunReport | null> {
  const { store, run, attempt } = options;
  const heartbeat = new Heartbeat(store, run, attempt, options.heartbeatMs);
  try {
    const report = (await readReport(store, run)) ?? (await work(options, heartbeat));
    if (report === null) await heartbeat.end({});
    else await heartbeat.end({ phase: 'completed', step: report.steps, steps: report.steps });
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

async function readReport(store: ObjectStore, run: string): Promise<RunReport | null> {
  const read = await readJson(store, runKeys(run).report, runReportSchema, 'DOCUMENT_CORRUPT');
  return read?.value ?? null;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

interface Loaded {
  readonly job: RunJob;
  readonly snapshot: Snapshot;
  readonly train: ClipTable;
  readonly evaluate: ClipTable;
}

async function work(options: TrainRunOptions, heartbeat: Heartbeat): Promise<RunReport | null> {
  const { store, run, attempt, signal } = options;
  const job = await readJob(store, run);
  if (attempt < job.attempt) {
    // The platform started an old attempt once more; it would take the run from the new one.
    const [expected, received] = [`attempt ${job.attempt}`, `attempt ${attempt}`];
    throw new EarshotError('RUN_FENCED', { file: runKeys(run).job, expected, received });
  }
  const engine = await options.openEngine();
  const checkpoints = await Checkpoints.take(store, run);
  heartbeat.note({ engine: `${engine.name}: ${engine.version}` });
  heartbeat.start();
  heartbeat.note({ phase: 'loading' });
  const began = performance.now();
  const loaded = await load(store, job);
  const { train, evaluate, snapshot } = loaded;
  const resume = await checkpoints.load();
  const facts = {
    clips: train.clips,
    clipsPerClass: clipsPerClass(train),
    labels: snapshot.labels.length,
    ...snapshot.shape,
  };
  const { spec, settings } = resolveTraining(trainingSettingsSchema.parse(job.request.training ?? {}), facts);
  const loadingSeconds = (performance.now() - began) / 1000;
  await writeResolved(options, engine, job, settings, spec);
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
  if (result.outcome === 'aborted') {
    log('info', 'training-stopped', { run, step: result.step });
    return null;
  }
  heartbeat.note({ phase: 'publishing' });
  const finished = { store, engine, checkpoints, ...loaded, settings, spec, result, loadingSeconds };
  try {
    return await publishRun({ ...finished, code: options.code ?? null, signal });
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    log('info', 'publishing-stopped', { run });
    return null;
  }
}

function validationOf(curve: readonly CurvePoint[]): MetricsSegment['validation'] {
  const time = Date.now() / 1000;
  return curve.flatMap(({ step, validation }) =>
    validation === null ? [] : [{ step, ...validation, time }],
  );
}

async function readJob(store: ObjectStore, run: string): Promise<RunJob> {
  const key = runKeys(run).job;
  const job = await readJson(store, key, runJobSchema, 'DOCUMENT_CORRUPT');
  if (job === null) throw new EarshotError('OBJECT_MISSING', { file: key });
  return job.value;
}

async function load(store: ObjectStore, job: RunJob): Promise<Loaded> {
  const snapshot = await readSnapshot(store, job.snapshot);
  const train = await readSplit(store, snapshot, 'train');
  const evaluate = await readSplit(store, snapshot, 'eval');
  return { job, snapshot, train, evaluate };
}

/** What the run really works with, for whoever wants to repeat it. */
function writeResolved(
  { store, run, attempt }: TrainRunOptions,
  engine: Engine,
  { request, snapshot }: RunJob,
  settings: ResolvedSettings,
  spec: object,
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
