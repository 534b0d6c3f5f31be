import type { ClipTable } from '../dataset/clip-table.ts';
import type { Snapshot } from '../dataset/documents.ts';
import { runKeys } from '../dataset/keys.ts';
import type { Engine } from '../engine/engine.ts';
import { log } from '../log/log.ts';
import { modelCard } from '../model/model-card.ts';
import { encodeSavedModel } from '../model/saved-model.ts';
import { moveAlias } from '../registry/aliases.ts';
import { claimVersion, publishVersion } from '../registry/versions.ts';
import { assessModels } from '../run-report/assess-models.ts';
import { curvesOf } from '../run-report/curves.ts';
import { runReportPage } from '../run-report/page.ts';
import { provenanceOf } from '../run-report/provenance.ts';
import type { Assessment, CrossValidated } from '../run-report/schema.ts';
import { encodeSearchIndex } from '../search/search-index.ts';
import { writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { FinishedModel } from '../training/finish-model.ts';
import { linearBaseline } from '../training/linear-baseline.ts';
import type { CurvePoint } from '../training/training-state.ts';
import type { MetricsSegment } from './checkpoints.ts';
import {
  defaultReportPrecision,
  type MemberFigures,
  type RunJob,
  type RunReport,
  servedName,
} from './documents.ts';
import { judge } from './gate.ts';
import { scoreServedModel } from './score-served-model.ts';

export interface FinishedRun {
  readonly store: ObjectStore;
  readonly engine: Engine;
  /** @throws RUN_FENCED when another has taken the run over, so that two do not publish it */
  readonly confirm: () => Promise<void>;
  readonly job: RunJob;
  readonly snapshot: Snapshot;
  readonly train: ClipTable;
  readonly evaluate: ClipTable;
  readonly settings: { readonly seed: number };
  /** Of the model in training. */
  readonly spec: object;
  readonly result: Omit<FinishedModel, 'evaluatingSeconds'> & {
    readonly steps: number;
    readonly curve: readonly CurvePoint[];
    readonly clips: RunReport['clips'];
    readonly seconds: { readonly training: number; readonly evaluating: number };
  };
  /** All that was measured while training. */
  readonly measured: () => Promise<MetricsSegment>;
  /** Of a small set; null where it was left out. */
  readonly crossValidation?: CrossValidated | null;
  /** The networks of an ensemble. */
  readonly members?: readonly MemberFigures[];
  readonly loadingSeconds: number;
  readonly attempt: number;
  /** What code this is, if it is known. */
  readonly code: string | null;
  readonly signal: AbortSignal;
}

/**
 * Publishes the model of a run, moves the alias `stable` to it if the gate passes, and writes the report, which
 * completes the run. An attempt that ended on the way is made good by the next one: the version stays the same.
 * @throws RUN_FENCED, CONDITIONAL_WRITE_LOST, MODEL_CORRUPT
 */
export async function publishRun(finished: FinishedRun): Promise<RunReport> {
  const { store, engine, job, snapshot, result } = finished;
  const { run, request } = job;
  const model = servedName(request);
  const { mAP, priorMAP, AUC, dPrime, evaluated, labels } = result.metrics;
  const assessment = await assess(finished, model);
  const served = assessment.served && {
    version: assessment.served.version,
    mAP: assessment.served.mAP,
    difference: assessment.served.difference.interval ?? pointInterval(assessment.served.difference.mAP),
  };
  const verdict = judge({ mAP, priorMAP, served });
  await finished.confirm();
  const version = await claimVersion(store, model, run);
  const lineage = {
    run,
    dataset: request.dataset,
    snapshot: job.snapshot,
    engine: engine.version,
    settings: finished.settings,
  };
  const { spec, preprocessing, precision, rounding, parameters, metrics, clips } = result;
  const members = finished.members?.map(({ seed, steps, metrics }) => ({ seed, steps, ...metrics }));
  await publishVersion(store, model, version, encodeSavedModel({ ...result, labels: snapshot.labels }), {
    labels: snapshot.labels,
    metrics: { ...metrics, curve: result.curve, precision, rounding, ...(members && { members }) },
    lineage,
    searchIndex: encodeSearchIndex(result.scores, snapshot.labels.length),
    card: modelCard({
      name: model,
      version,
      ...{ spec, preprocessing, precision, rounding, parameters, metrics, clips },
      members: members ?? null,
      lineage: { ...lineage, seed: finished.settings.seed },
    }),
  });
  if (verdict.passed) await moveAlias(store, model, { alias: 'stable', version, reason: verdict.reason });
  const curves = curvesOf(await finished.measured());
  const report: RunReport = {
    run,
    model,
    version,
    snapshot: job.snapshot,
    engine: engine.name,
    seconds: { loading: finished.loadingSeconds, ...result.seconds },
    steps: result.steps,
    parameters,
    clips,
    metrics: { mAP, AUC, dPrime, evaluated, labels },
    gate: { ...verdict, priorMAP, served },
    assessment,
    curves,
    ...(finished.crossValidation && { crossValidation: finished.crossValidation }),
    ...(finished.members && { members: [...finished.members] }),
    provenance: provenanceOf({
      engine,
      dataset: request.dataset,
      snapshot: job.snapshot,
      request,
      settings: finished.settings,
      spec: finished.spec,
      code: finished.code,
      attempt: finished.attempt,
    }),
  };
  const page = Buffer.from(runReportPage(report));
  await store.put(runKeys(run).reportPage, page, { contentType: 'text/html; charset=utf-8' });
  // The report comes last: a run with a report is never worked on again.
  await writeJson(store, runKeys(run).report, report);
  log('info', 'published', { run, model, version, mAP, AUC, dPrime, ...verdict });
  return report;
}

/** The new model, the baseline and the served one on the eval clips. */
async function assess(finished: FinishedRun, model: string): Promise<Assessment> {
  const { store, engine, job, snapshot, train, evaluate, result, settings, signal } = finished;
  const { tf } = engine;
  const { labels } = snapshot;
  const served = await scoreServedModel(store, engine, model, snapshot, evaluate);
  const { seed } = settings;
  const baseline = await linearBaseline({ tf, labels: labels.length, train, evaluate, seed, signal });
  const trainCounts = new Uint32Array(labels.length);
  for (const label of train.labelIndices) trainCounts[label]!++;
  const precision = job.request.report?.precision ?? defaultReportPrecision;
  const { scores } = result;
  return assessModels({
    clips: evaluate,
    labels,
    trainCounts,
    scores,
    baseline,
    served,
    precision,
    seed,
    signal,
  });
}

/** Where no replicate had a value, the difference itself decides. */
const pointInterval = (difference: number) => ({ low: difference, high: difference });
