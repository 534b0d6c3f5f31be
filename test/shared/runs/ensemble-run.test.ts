import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Snapshot } from '../../../shared/dataset/documents.ts';
import { memberRun, modelKeys, runKeys } from '../../../shared/dataset/keys.ts';
import { readSplit } from '../../../shared/dataset/read-shards.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { rankingMetrics } from '../../../shared/metrics/ranking-metrics.ts';
import { networksOf } from '../../../shared/model/ensemble.ts';
import { decodeSavedModel, openSavedModel } from '../../../shared/model/saved-model.ts';
import { readAliases } from '../../../shared/registry/aliases.ts';
import { readVersion } from '../../../shared/registry/versions.ts';
import type { MetricsSegment } from '../../../shared/runs/checkpoints.ts';
import { memberReportSchema, runReportSchema, runStatusSchema } from '../../../shared/runs/documents.ts';
import { claimPublication } from '../../../shared/runs/publication-claim.ts';
import { workOnRun } from '../../../shared/runs/work-on-run.ts';
import { encodeSearchIndex } from '../../../shared/search/search-index.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { reviveRuns } from '../../../shared/sweep/revive-runs.ts';
import { framesOf } from '../../../shared/training/batch.ts';
import { bytesAt, jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { type FreshBucket, freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore, watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { recordedJobs } from '../../fixtures/recorded-jobs.ts';
import { ingestTones, startTones } from '../../fixtures/tone-dataset.ts';

const freshBucket = freshBuckets();
let engine: Engine;
/** Holds the tones, and the undisturbed ensemble `base`. */
let store: FreshBucket;
let runs = 0;
const everyStep = Array.from({ length: 15 }, (_, i) => i + 1);

async function started(members: unknown = 3, run = `run-${++runs}`): Promise<string> {
  await startTones(store, run, { steps: 15 }, run, { members });
  return run;
}

function work(run: string, index: number, { attempt = 1, at = store as ObjectStore } = {}) {
  return workOnRun(
    {
      store: at,
      openEngine: async () => engine,
      run,
      attempt,
      signal: new AbortController().signal,
      heartbeatMs: 1000,
    },
    index,
  );
}

beforeAll(async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  engine = await openEngine('wasm');
  store = await freshBucket();
  await ingestTones(store);
  await started(3, 'base');
  expect([await work('base', 2), await work('base', 0), await work('base', 1)]).toEqual([
    'left',
    'left',
    'published',
  ]);
});

const reportOf = async (run: string) => runReportSchema.parse(await jsonAt(store, runKeys(run).report));
const statusOf = async (run: string) => runStatusSchema.parse(await jsonAt(store, runKeys(run).status));
const versionsOf = async (run: string) =>
  (await keysBelow(store, modelKeys(run).base)).filter((key) => key.endsWith('model.json'));
const minutesOn = (minutes: number) => new Date(Date.now() + minutes * 60_000);

/** With the search index, which comes of the same scores. */
async function weightsOf(run: string): Promise<string> {
  const index = await bytesAt(store, modelKeys(run).version('1').searchIndex);
  const { weights } = await readVersion(store, run, '1');
  return Buffer.concat([...weights.values(), index]).toString('base64');
}

async function stepsOf(member: string) {
  const { segments } = await jsonAt<{ segments: string[] }>(store, runKeys(member).checkpointPointer);
  const read = await Promise.all(segments.map((key) => jsonAt<MetricsSegment>(store, key)));
  return read.flatMap(({ steps }) => steps.map(({ step }) => step));
}

/** The store of a process that dies at a write. */
function dying(place: string): { at: ObjectStore; death: Error } {
  const death = new Error('power failure');
  let isDead = false;
  const at = watchedStore(store, ({ method, key }) => {
    isDead ||= method === 'put' && key.endsWith(place);
    if (isDead) throw death;
  });
  return { at, death };
}

describe('an ensemble', () => {
  it('is published as one model, measured as that, with its members named', async () => {
    const report = await reportOf('base');
    expect(await versionsOf('base')).toEqual(['models/base/1/model.json']);
    expect(report).toMatchObject({ run: 'base', version: '1', steps: 45, gate: { passed: true } });
    expect(report.members!.map(({ seed, steps }) => [seed, steps])).toEqual([
      [1, 15],
      [2, 15],
      [3, 15],
    ]);
    for (const [i, member] of report.members!.entries()) {
      const own = memberReportSchema.parse(await jsonAt(store, runKeys(memberRun('base', i)).report));
      expect(own).toMatchObject(member);
      expect(await stepsOf(memberRun('base', i))).toEqual(everyStep);
    }
    const card = (await bytesAt(store, modelKeys('base').version('1').card)).toString();
    expect(card).toContain('the mean of the probabilities of 3 networks');
    for (const [i, { seed, metrics }] of report.members!.entries()) {
      expect(card).toContain(`| ${i + 1} | ${seed} | 15 | ${metrics.mAP.toFixed(4)} |`);
    }
    expect(card).toMatch(/float16 changes a probability by at most \d\.\de-\d/);
    const page = (await bytesAt(store, runKeys('base').reportPage)).toString();
    expect(page).toContain('Member 3: mlp, seed 3');
    expect((await readAliases(store, 'base'))!.aliases).toMatchObject({ stable: '1', history: [{}] });
  });

  it('is served as it was measured', async () => {
    const report = await reportOf('base');
    const snapshot = await jsonAt<Snapshot>(store, report.snapshot);
    const clips = await readSplit(store, snapshot, 'eval');
    const model = openSavedModel(engine, await readVersion(store, 'base', '1'));
    const rows = Array.from({ length: clips.clips }, (_, row) => framesOf(clips, row));
    const scores = Float32Array.from(model.predict(rows).flatMap((probabilities) => [...probabilities]));
    model.dispose();
    const { mAP, AUC, dPrime } = rankingMetrics(clips, 4, scores);
    expect(report.metrics).toMatchObject({ mAP, AUC, dPrime });
    const index = await bytesAt(store, modelKeys('base').version('1').searchIndex);
    expect(index).toEqual(encodeSearchIndex(scores, 4));
    expect(new Set(report.members!.map(({ metrics }) => metrics.mAP)).size).toBe(3);
  });

  it('says in its status how far each member is', async () => {
    expect(await statusOf('base')).toMatchObject({
      phase: 'completed',
      step: 45,
      steps: 45,
      members: Array.from({ length: 3 }, () => ({ phase: 'completed', step: 15, steps: 15, attempt: 1 })),
    });
    const run = await started();
    await work(run, 1);
    expect(await statusOf(run)).toMatchObject({
      phase: 'training',
      step: 15,
      steps: 45,
      members: [null, { phase: 'completed', step: 15 }, null],
    });
  });

  it('may be a blend of unlike heads', async () => {
    const run = await started([
      { recipe: 'linear' },
      {},
      { model: { head: 'single-attention', hidden: 8 }, seed: 9 },
    ]);
    for (const index of [0, 1, 2]) await work(run, index);
    const { members } = await reportOf(run);
    expect(members!.map(({ spec, seed }) => [spec.model.head, seed])).toEqual([
      ['linear', 1],
      ['mlp', 2],
      ['single-attention', 9],
    ]);
    const model = openSavedModel(engine, await readVersion(store, run, '1'));
    expect(model.predict([new Uint8Array(8)])[0]).toHaveLength(4);
    model.dispose();
  });

  it('weighs members alike that are means of evaluations themselves', async () => {
    const averaged = { averageCheckpoints: 4, evaluateEverySteps: 5 };
    const run = await started([averaged, { ...averaged, steps: 10 }]);
    for (const index of [0, 1]) await work(run, index);
    const model = await readVersion(store, run, '1');
    const { spec } = decodeSavedModel(model);
    expect(networksOf(spec)).toHaveLength(4);
  });

  it('one of whose members is killed goes on where it was, the others undisturbed', async () => {
    const run = await started();
    const { at, death } = dying('members/1/checkpoint/1-14.state');
    expect(await work(run, 0)).toBe('left');
    await expect(work(run, 1, { at })).rejects.toBe(death);
    expect(await work(run, 2)).toBe('left');
    expect(await versionsOf(run)).toEqual([]);

    const jobs = recordedJobs();
    const ofRun = (names: readonly string[]) => names.filter((name) => name.startsWith(run));
    const overtaken = interruptedStore(store, 'get', runKeys(memberRun(run, 1)).status, async () => {
      const { restarted } = await reviveRuns(store, jobs, minutesOn(11));
      expect(ofRun(restarted)).toEqual([memberRun(run, 1)]);
    });
    expect(ofRun((await reviveRuns(overtaken, jobs, minutesOn(11))).restarted)).toEqual([]);
    expect(jobs.started.filter(({ env }) => env['EARSHOT_RUN'] === run)).toEqual([
      { jobRun: `${run}-2-m1`, env: { EARSHOT_RUN: run, EARSHOT_ATTEMPT: '2' }, indices: [1] },
    ]);
    await expect(work(run, 1)).rejects.toMatchObject({ code: 'RUN_FENCED' });
    expect(await work(run, 1, { attempt: 2 })).toBe('published');
    expect(await weightsOf(run)).toBe(await weightsOf('base'));
    expect((await reportOf(run)).metrics).toEqual((await reportOf('base')).metrics);
    expect(await stepsOf(memberRun(run, 1))).toEqual(everyStep);
    expect(await versionsOf(run)).toHaveLength(1);
  });

  it('whose last members end at the same time is published once', async () => {
    const run = await started();
    const earlier = store.changes().length;
    // One that ends after the publication finds it done, and says the same.
    expect(await Promise.all([0, 1, 2].map((index) => work(run, index)))).toContain('published');
    const published = store
      .changes()
      .slice(earlier)
      .filter((change) => change.endsWith('/model.json'));
    expect(published).toHaveLength(1);
    expect(await weightsOf(run)).toBe(await weightsOf('base'));
    expect((await statusOf(run)).phase).toBe('completed');
    // Whoever comes later finds it done.
    const before = store.changes();
    expect(await work(run, 0)).toBe('published');
    expect(store.changes()).toEqual(before);
  });

  it('is left to the member that claims its publication a moment earlier', async () => {
    const run = await started();
    for (const index of [0, 1]) await work(run, index);
    const { publisher } = runKeys(run);
    const first = () => claimPublication(store, run, { member: 0, attempt: 1 }, false);
    expect(await work(run, 2, { at: interruptedStore(store, 'put', publisher, first) })).toBe('left');
    expect(await versionsOf(run)).toEqual([]);
  });

  it('whose publication is taken over is not published by the first', async () => {
    const run = await started();
    for (const index of [0, 1]) await work(run, index);
    const other = () => claimPublication(store, run, { member: 0, attempt: 2 }, true);
    const at = interruptedStore(store, 'get', modelKeys(run).aliases, other);
    await expect(work(run, 2, { at })).rejects.toMatchObject({ code: 'RUN_FENCED' });
    expect(await keysBelow(store, modelKeys(run).base)).toEqual([]);
  });

  it.each(['publisher.json', '1/model.json', '/report.html'])(
    'whose publisher dies at the write of %s is published by the sweep, as the same version',
    async (place) => {
      const run = await started();
      for (const index of [1, 2]) await work(run, index);
      const { at, death } = dying(place);
      await expect(work(run, 0, { at })).rejects.toBe(death);
      const jobs = recordedJobs();
      await reviveRuns(store, jobs, minutesOn(9));
      expect(jobs.started.filter(({ env }) => env['EARSHOT_RUN'] === run)).toEqual([]);
      await reviveRuns(store, jobs, minutesOn(11));
      expect(jobs.started.filter(({ env }) => env['EARSHOT_RUN'] === run)).toEqual([
        { jobRun: `${run}-2-m0`, env: { EARSHOT_RUN: run, EARSHOT_ATTEMPT: '2' }, indices: [0] },
      ]);
      expect(await work(run, 0, { attempt: 2 })).toBe('published');
      expect(await versionsOf(run)).toEqual([`models/${run}/1/model.json`]);
      expect(await weightsOf(run)).toBe(await weightsOf('base'));
      expect((await readAliases(store, run))!.aliases.history).toHaveLength(1);
      expect((await statusOf(run)).phase).toBe('completed');
    },
  );

  it('fails as a whole when a member cannot be trained, and says which', async () => {
    const run = await started([
      {},
      { model: { head: 'max-pooling', hidden: 8 }, mixup: { alpha: 1, on: 'pooled' } },
    ]);
    await expect(work(run, 1)).rejects.toMatchObject({ code: 'RUN_REQUEST_INVALID' });
    expect(await statusOf(run)).toMatchObject({
      phase: 'failed',
      error: { code: 'RUN_REQUEST_INVALID', message: expect.stringMatching(/^member 1: .*mixup/) },
    });
    // It is not trained in vain, nor is the status of the run written over.
    expect(await work(run, 0)).toBe('left');
    expect(await keysBelow(store, runKeys(memberRun(run, 0)).base)).toEqual([]);
    expect((await statusOf(run)).phase).toBe('failed');
  });

  it('stops the other members when one has failed', async () => {
    const run = await started([
      { steps: 1_000_000 },
      { mixup: { alpha: 1, on: 'pooled' }, recipe: 'max-pooling' },
    ]);
    const beat = watchedStore(store, async ({ method, key }) => {
      if (method !== 'put' || !key.endsWith('members/0/checkpoint/1-7.state')) return;
      await expect(work(run, 1)).rejects.toMatchObject({ code: 'RUN_REQUEST_INVALID' });
    });
    expect(await work(run, 0, { at: beat })).toBe('left');
    expect((await statusOf(run)).phase).toBe('failed');
  });

  it('has no member behind its last', async () => {
    await expect(work(await started(2), 2)).rejects.toMatchObject({ code: 'SETTING_INVALID' });
  });
});
