import { memberRun, prefixes, runKeys, runOfRequest } from '../../../shared/dataset/keys.ts';
import type { PipelineState, RunState } from '../../../shared/pipeline/pipeline-state.ts';
import { curvesOf } from '../../../shared/run-report/curves.ts';
import type { Curves } from '../../../shared/run-report/schema.ts';
import { readMeasured } from '../../../shared/runs/checkpoints.ts';
import {
  type RunReport,
  type RunRequest,
  runReportSchema,
  runRequestSchema,
  runStatusSchema,
  servedName,
} from '../../../shared/runs/documents.ts';
import { readJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';

const runsShown = 5;

/** What is known of the last runs. What has ended is read once. */
export class RunReader {
  private readonly store: ObjectStore;
  private readonly ended = new Map<string, RunState>();

  constructor(store: ObjectStore) {
    this.store = store;
  }

  async read(): Promise<PipelineState['runs']> {
    const asked: { readonly run: string; readonly at: number; readonly etag: string }[] = [];
    for await (const { key, lastModified, etag } of this.store.list(prefixes.runs)) {
      const run = runOfRequest(key);
      if (run !== null) asked.push({ run, at: lastModified.getTime(), etag });
    }
    const latest = asked.sort((a, b) => b.at - a.at).slice(0, runsShown);
    return Promise.all(latest.map(({ run, etag }) => this.state(run, etag)));
  }

  private async state(run: string, etag: string): Promise<RunState> {
    const known = this.ended.get(`${run} ${etag}`);
    if (known !== undefined) return known;
    const state = await readRun(this.store, run);
    if (state.status?.phase === 'completed' && state.result !== null) this.ended.set(`${run} ${etag}`, state);
    return state;
  }
}

async function readRun(store: ObjectStore, run: string): Promise<RunState> {
  const keys = runKeys(run);
  // One that cannot be read is told of by who works with it; the others are shown all the same.
  const [request, status, report] = await Promise.all([
    readJson(store, keys.request, runRequestSchema, 'RUN_REQUEST_INVALID').catch(() => null),
    readJson(store, keys.status, runStatusSchema, 'STORE_FAILED').catch(() => null),
    readJson(store, keys.report, runReportSchema, 'STORE_FAILED').catch(() => null),
  ]);
  const members = status?.value.members?.length ?? 0;
  return {
    run,
    ...named(request?.value ?? null),
    status: status?.value ?? null,
    curves: report === null ? await committedCurves(store, run, members) : curvesIn(report.value),
    result: report === null ? null : resultOf(report.value),
  };
}

const named = (request: RunRequest | null) => ({
  dataset: request?.dataset ?? null,
  model: request === null ? null : servedName(request),
});

const curvesIn = ({ curves, members }: RunReport): Curves[] =>
  members === undefined ? [curves] : members.map((member) => member.curves);

/** @param members of an ensemble; 0 when it is none */
async function committedCurves(store: ObjectStore, run: string, members: number): Promise<Curves[]> {
  const parts = members === 0 ? [run] : Array.from({ length: members }, (_, i) => memberRun(run, i));
  const curves = parts.map(async (part) => curvesOf(await readMeasured(store, part)));
  return (await Promise.allSettled(curves)).flatMap((read) =>
    read.status === 'fulfilled' ? [read.value] : [],
  );
}

function resultOf({ version, metrics, gate }: RunReport): RunState['result'] {
  const { mAP, AUC, dPrime } = metrics;
  return { version, mAP, AUC, dPrime, passed: gate.passed, reason: gate.reason };
}
