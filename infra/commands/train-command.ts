import { isDeepStrictEqual } from 'node:util';
import { runKeys } from '../../shared/dataset/keys.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { learningSentence } from '../../shared/run-report/cross-validation.ts';
import { type RunReport, runRequestSchema } from '../../shared/runs/documents.ts';
import { readJson, writeJson } from '../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { followRun } from '../local/follow-run.ts';
import type { Reporter } from '../local/reporter.ts';
import type { TrainOptions } from './train-options.ts';

export interface TrainSurroundings {
  readonly store: ObjectStore;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at the bucket. */
  readonly pollMs: number;
  /** Milliseconds in which the run must have begun. */
  readonly patienceMs: number;
}

/** What is known at the end: the report, or null when nobody waited for it. */
export interface TrainReport {
  readonly run: string;
  readonly report: RunReport | null;
}

/**
 * Asks for a run by its request in the bucket, and follows it. Asked again for the same, it follows the run that is
 * there. Broken off, the run goes on.
 * @throws USAGE when the run was asked for with another request; what the run ended with; RUN_FAILED when nothing
 *   started it
 */
export async function train(
  { run, request, detach }: TrainOptions,
  { store, reporter, signal, pollMs, patienceMs }: TrainSurroundings,
): Promise<TrainReport> {
  const key = runKeys(run).request;
  const { written } = await writeJson(store, key, request, { ifAbsent: true });
  if (!written) await expectSame(store, key, request);
  reporter.say(written ? `asked for the run ${run}` : `the run ${run} was asked for before`);
  if (detach) return { run, report: null };
  const asked = performance.now();
  let hasStarted = false;
  const report = await followRun({
    store,
    run,
    reporter,
    pollMs,
    signal,
    onStarted: () => {
      hasStarted = true;
    },
    endOf: () =>
      hasStarted || performance.now() - asked < patienceMs
        ? null
        : `nothing has started it; the event of ${key} may be lost: see serverless doctor cloud, then replay ${key}`,
  });
  return { run, report };
}

export function trainLines({ run, report }: TrainReport): string[] {
  if (report === null)
    return [`follow it with runs/${run}/status.json, or by the same command without --detach`];
  const { model, version, steps, engine, metrics, gate } = report;
  const { mAP, AUC, dPrime } = metrics;
  return [
    `${model}/${version}: ${steps} steps on ${engine}`,
    `mAP ${mAP.toFixed(3)}, AUC ${AUC.toFixed(3)}, d-prime ${dPrime.toFixed(2)} on ${report.clips.eval} eval clips`,
    ...crossValidationLines(report),
    gate.passed ? 'served under the alias stable' : `not served: ${gate.reason}`,
    `report: runs/${run}/report.html in the bucket`,
  ];
}

function crossValidationLines({ crossValidation }: RunReport): string[] {
  if (crossValidation === undefined) return [];
  const { folds, clips, mAP } = crossValidation;
  const sentence = learningSentence(crossValidation);
  return [
    `cross-validated in ${folds} folds of ${clips} training clips: mAP ${mAP.toFixed(3)}`,
    ...(sentence === null ? [] : [sentence]),
  ];
}

async function expectSame(store: ObjectStore, key: string, request: TrainOptions['request']): Promise<void> {
  const there = await readJson(store, key, runRequestSchema, 'REQUEST_INVALID');
  if (there !== null && isDeepStrictEqual(there.value, request)) return;
  throw new EarshotError('USAGE', {
    field: '--run',
    expected: 'the name of a new run',
    received: `one that was asked for with another request, ${key}`,
  });
}
