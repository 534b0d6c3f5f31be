import { setTimeout as pause } from 'node:timers/promises';
import { runKeys } from '../../shared/dataset/keys.ts';
import { readSnapshot } from '../../shared/dataset/read-shards.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { writeJson } from '../../shared/storage/json-objects.ts';
import { dropData } from './drop-data.ts';
import { followRun, type RunEnd } from './follow-run.ts';
import type { LocalOptions } from './local-options.ts';
import type { Platform } from './platform.ts';
import type { Reporter } from './reporter.ts';
import { type SamplePrediction, samplePrediction } from './sample-prediction.ts';
import { type Summary, summaryOf } from './summary.ts';

const servedWithinMs = 60_000;

export interface MainJobParts {
  readonly platform: Platform;
  readonly options: LocalOptions;
  readonly reporter: Reporter;
  readonly endOf: RunEnd;
  /** Ends it early, with the signal's reason as the error. */
  readonly signal: AbortSignal;
}

export interface MainJobResult {
  readonly summary: Summary;
  readonly prediction: SamplePrediction;
}

/**
 * The main job, as a user does it: drop data, wait for validation and shards, ask for a run, watch it train, ask what
 * is heard.
 * @throws DATA_UNREADABLE, SNAPSHOT_EMPTY, GATE_NOT_PASSED, TIMED_OUT, and what the run ended with
 */
export async function doMainJob(parts: MainJobParts): Promise<MainJobResult> {
  const { platform, options, reporter, endOf, signal } = parts;
  const seconds: Record<string, number> = {};
  let mark = performance.now();
  const stage = (name: string) => {
    const now = performance.now();
    seconds[name] = Number(((now - mark) / 1000).toFixed(2));
    mark = now;
  };
  const { store } = platform;
  const { dataset, ceiling } = await dropData(store, options.data, reporter, signal);
  stage('upload');
  await watchIngest(platform, reporter, signal);
  stage('ingest');

  const run = `run-${new Date().toISOString().replaceAll(/\D/g, '').slice(0, 17)}`;
  const training = options.recipe === null ? {} : { training: { recipe: options.recipe } };
  const members = options.members === 1 ? {} : { members: options.members };
  await writeJson(store, runKeys(run).request, { dataset, ...training, ...members });
  const onStarted = () => stage('snapshot');
  const report = await followRun({ store, run, reporter, endOf, onStarted, signal });
  stage('train');
  const snapshot = await readSnapshot(store, report.snapshot);
  if (!report.gate.passed) {
    throw new EarshotError('GATE_NOT_PASSED', {
      field: `model ${report.model}`,
      received: report.gate.reason,
    });
  }
  await served(platform, report.version, signal);
  const prediction = await samplePrediction(store, snapshot, platform.url, options.stateFolder);
  stage('serve');
  const summary = summaryOf({
    snapshot,
    snapshotKey: report.snapshot,
    report,
    ceiling,
    seconds: { ...seconds, training: Number(report.seconds.training.toFixed(2)) },
    urls: {
      predict: `${platform.url}/predict`,
      health: `${platform.url}/healthz`,
      bucket: `${platform.bucketUrl}/${platform.bucket}`,
    },
  });
  return { summary, prediction };
}

/** Validation and sharding run behind the upload; shows how many deliveries are left. */
async function watchIngest(platform: Platform, reporter: Reporter, signal: AbortSignal): Promise<void> {
  if (platform.underway() === 0) return;
  const progress = reporter.progress('ingest', null);
  const began = Date.now();
  const timer = setInterval(() => progress.update(platform.underway(), 'events under way'), 500);
  try {
    await untilAborted(platform.idle(), signal);
  } finally {
    clearInterval(timer);
  }
  progress.end(`validated and sharded ${((Date.now() - began) / 1000).toFixed(1)} s after the upload`);
}

/** The function takes the new version by itself, when the alias has moved. */
async function served(platform: Platform, version: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + servedWithinMs;
  for (;;) {
    const response = await fetch(`${platform.url}/healthz`, { signal });
    const body = (await response.json()) as { version?: string };
    if (response.ok && body.version === version) return;
    if (Date.now() > deadline) {
      throw new EarshotError('TIMED_OUT', {
        field: 'GET /healthz',
        expected: `version ${version}`,
        received: JSON.stringify(body).slice(0, 200),
      });
    }
    await pause(200, undefined, { signal });
  }
}

/** What `work` gives, unless the signal comes first. @throws the signal's reason */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
