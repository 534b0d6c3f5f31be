import { setTimeout as pause } from 'node:timers/promises';
import { runKeys } from '../../shared/dataset/keys.ts';
import { catalogue, type ErrorCode } from '../../shared/errors/catalogue.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { type RunReport, runReportSchema, runStatusSchema } from '../../shared/runs/documents.ts';
import { readJson } from '../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { Reporter } from './reporter.ts';

const usualPollMs = 300;

/** Why the run will get no further by itself; null while it may. */
export type RunEnd = (run: string) => string | null;

export interface Following {
  readonly store: ObjectStore;
  readonly run: string;
  readonly reporter: Reporter;
  readonly endOf: RunEnd;
  /** Called when the trainer first reports. */
  readonly onStarted: () => void;
  readonly signal: AbortSignal;
  /** How often to look. */
  readonly pollMs?: number;
}

/**
 * Shows a run's progress until it has ended.
 * @throws the error that the run ended with; RUN_FAILED when it ended and said nothing; the signal's reason
 */
export async function followRun(following: Following): Promise<RunReport> {
  const { store, run, reporter, endOf, onStarted, signal, pollMs = usualPollMs } = following;
  const keys = runKeys(run);
  let progress: ReturnType<Reporter['progress']> | null = null;
  let started = false;
  for (;;) {
    // Asked before the status is read: a job that ends in between has written its last status.
    const ended = endOf(run);
    const status = (await readJson(store, keys.status, runStatusSchema, 'STORE_FAILED'))?.value;
    if (status !== undefined && !started) {
      started = true;
      onStarted();
    }
    if (status?.phase === 'failed') throw errorOf(status.error);
    if (status?.phase === 'training' && status.steps > 0) {
      progress ??= reporter.progress('training', status.steps);
      progress.update(status.step, trainingNote(status));
    }
    if (status?.phase === 'completed') {
      const report = await readJson(store, keys.report, runReportSchema, 'STORE_FAILED');
      if (report === null) throw new EarshotError('OBJECT_MISSING', { file: keys.report });
      const { steps, engine, seconds, parameters } = report.value;
      const note = `${steps} steps in ${seconds.training.toFixed(1)} s on ${engine}, ${parameters} parameters`;
      (progress ?? reporter.progress('training', steps)).end(note);
      return report.value;
    }
    if (ended !== null) throw status?.error ? errorOf(status.error) : failedRun(ended);
    await pause(pollMs, undefined, { signal });
  }
}

function trainingNote({
  loss,
  examplesPerSecond,
  etaSeconds,
}: {
  loss: number | null;
  examplesPerSecond: number | null;
  etaSeconds: number | null;
}): string {
  const figures = [
    loss !== null && `loss ${loss.toFixed(4)}`,
    examplesPerSecond !== null && `${Math.round(examplesPerSecond)} clips/s`,
    etaSeconds !== null && `${Math.ceil(etaSeconds)} s left`,
  ];
  return figures.filter(Boolean).join(', ');
}

const failedRun = (received: string) => new EarshotError('RUN_FAILED', { received });

function errorOf(error: { code: string; message: string } | null): EarshotError {
  if (error === null) return failedRun('no reason');
  const code: ErrorCode = Object.hasOwn(catalogue, error.code) ? (error.code as ErrorCode) : 'RUN_FAILED';
  // The message of the code is said again anyway; what stands behind it is the news.
  const { message } = catalogue[code];
  const news = error.message.startsWith(message) ? error.message.slice(message.length) : error.message;
  return new EarshotError(code, { received: news.replace(/^[\s:]+/, '') || 'no reason' });
}
