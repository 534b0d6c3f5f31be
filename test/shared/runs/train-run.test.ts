import { beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../shared/dataset/documents.ts';
import { modelKeys, runKeys } from '../../../shared/dataset/keys.ts';
import { readSplit } from '../../../shared/dataset/read-shards.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { rankingMetrics } from '../../../shared/metrics/ranking-metrics.ts';
import { openSavedModel } from '../../../shared/model/saved-model.ts';
import { moveAlias, readAliases } from '../../../shared/registry/aliases.ts';
import { readVersion } from '../../../shared/registry/versions.ts';
import { Checkpoints, type MetricsSegment } from '../../../shared/runs/checkpoints.ts';
import { type RunJob, type RunReport, runReportSchema } from '../../../shared/runs/documents.ts';
import { restartRun } from '../../../shared/runs/start-run.ts';
import { encodeSearchIndex } from '../../../shared/search/search-index.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import { framesOf } from '../../../shared/training/batch.ts';
import type { FinishedTraining } from '../../../shared/training/train-classifier.ts';
import { bytesAt, jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import type { FreshBucket } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore, watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { recordedJobs } from '../../fixtures/recorded-jobs.ts';
import { startTones } from '../../fixtures/tone-dataset.ts';
import { toneTrainer } from '../../fixtures/tone-trainer.ts';

const trainer = toneTrainer();
const { started, train, statusOf } = trainer;
let engine: Engine;
/** Holds the tones, and one undisturbed run `base` that published the model `base`. */
let store: FreshBucket;
let baseReport: RunReport;

beforeAll(async () => {
  engine = trainer.engine();
  store = trainer.store();
  await startTones(store, 'base', {}, 'base');
  baseReport = (await train('base'))!;
});

/** The steps of all committed metric segments, in order. */
async function stepsOf(run: string) {
  const { segments } = await jsonAt<{ segments: string[] }>(store, runKeys(run).checkpointPointer);
  const read = await Promise.all(segments.map((key) => jsonAt<MetricsSegment>(store, key)));
  return read.flatMap(({ steps }) => steps.map(({ step }) => step));
}

/** As many as the tiny training has. */
const everyStep = Array.from({ length: 30 }, (_, i) => i + 1);
/** With the search index, which comes of the same scores. */
async function weightsOf(model: string): Promise<string> {
  const index = await bytesAt(store, modelKeys(model).version('1').searchIndex);
  const { weights } = await readVersion(store, model, '1');
  return Buffer.concat([...weights.values(), index]).toString('base64');
}

describe('a training run', () => {
  it('ends with a model that others can use, a report, and the alias on it', async () => {
    const keys = runKeys('base');
    expect(runReportSchema.parse(await jsonAt<RunReport>(store, keys.report))).toEqual(baseReport);
    expect(baseReport).toMatchObject({ run: 'base', model: 'base', version: '1', engine: 'wasm', steps: 30 });
    expect(baseReport.clips).toEqual({ train: 160, validation: 0, eval: 100 });
    expect(baseReport.metrics.mAP).toBeGreaterThan(0.6);
    expect(baseReport.gate).toMatchObject({ passed: true, served: null });
    expect(baseReport.assessment).toMatchObject({ model: { mAP: baseReport.metrics.mAP }, served: null });
    expect(baseReport.assessment.baseline.mAP).toBeGreaterThan(0.4);
    expect(baseReport.assessment.classes.map(({ displayName }) => displayName)).toContain('Tone 3');
    const { steps } = await jsonAt<MetricsSegment>(store, keys.measured);
    expect(steps.map(({ step }) => step)).toEqual(everyStep);
    expect(baseReport.curves.loss.map(({ step }) => step)).toEqual(everyStep);
    expect(baseReport.provenance).toMatchObject({
      lineage: { dataset: 'tones', snapshot: baseReport.snapshot, code: 'this test', seed: 1 },
      environment: { engine: `wasm: ${engine.version}`, node: process.version },
    });
    expect((await bytesAt(store, keys.reportPage)).toString()).toContain('<h1>base, version 1</h1>');
    expect((await readAliases(store, 'base'))!.aliases).toMatchObject({
      stable: '1',
      history: [{ alias: 'stable', version: '1', from: null, reason: baseReport.gate.reason }],
    });
    expect(await statusOf('base')).toMatchObject({
      phase: 'completed',
      attempt: 1,
      step: 30,
      steps: 30,
      engine: `wasm: ${engine.version}`,
      error: null,
    });
    expect(await stepsOf('base')).toEqual(everyStep);

    const saved = openSavedModel(engine, await readVersion(store, 'base', '1'));
    expect(saved.labels.map(({ displayName }) => displayName)).toEqual([
      'Tone 0',
      'Tone 1',
      'Tone 2',
      'Tone 3',
    ]);
    const job = await jsonAt<RunJob>(store, keys.job);
    const table = await readSplit(store, await jsonAt<Snapshot>(store, job.snapshot), 'eval');
    const scores = saved.predict(Array.from({ length: table.clips }, (_, row) => framesOf(table, row)));
    const matrix = Float32Array.from(scores.flatMap((clip) => [...clip]));
    const { mAP } = rankingMetrics(table, 4, matrix);
    expect(mAP).toBe(baseReport.metrics.mAP);
    const { metrics, card, searchIndex } = modelKeys('base').version('1');
    expect(await bytesAt(store, searchIndex)).toEqual(encodeSearchIndex(matrix, 4));
    const { precision, rounding } = await jsonAt<Pick<FinishedTraining, 'precision' | 'rounding'>>(
      store,
      metrics,
    );
    expect([precision, saved.precision]).toEqual(['float16', 'float16']);
    expect(rounding).toMatchObject({ split: 'train', clips: 160 });
    expect(rounding!.largestScoreDifference).toBeGreaterThan(0);
    expect(rounding!.largestScoreDifference).toBeLessThan(0.002);
    expect(rounding!.mAPDifference).toBeLessThan(0.01);
    const text = (await bytesAt(store, card)).toString();
    expect(text).toContain(`at most ${rounding!.largestScoreDifference!.toExponential(1)}`);
    expect(text).toContain(`| ${mAP.toFixed(4)} |`);
    expect(await jsonAt(store, modelKeys('base').version('1').lineage)).toMatchObject({
      run: 'base',
      dataset: 'tones',
      snapshot: job.snapshot,
      settings: { steps: 30, seed: 1 },
    });
    expect(await jsonAt(store, keys.resolved)).toMatchObject({ snapshot: job.snapshot, model: 'base' });
  });

  it('stopped by the signal and resumed gives the weights of the undisturbed one, and one version', async () => {
    const run = await started();
    const keys = runKeys(run);
    for (const [i, checkpoint] of [7, 14].entries()) {
      const stop = new AbortController();
      const watched = watchedStore(store, ({ method, key }) => {
        if (method === 'put' && key === keys.checkpoint(i + 1, checkpoint)) stop.abort();
      });
      expect(await train(run, { store: watched, signal: stop.signal, attempt: i + 1 })).toBeNull();
      expect((await statusOf(run)).phase).toBe('training');
      expect(await store.head(keys.report)).toBeNull();
    }
    const report = await train(run, { attempt: 3 });
    expect(report?.version).toBe('1');
    expect(await weightsOf(run)).toBe(await weightsOf('base'));
    expect(report!.metrics).toEqual(baseReport.metrics);
    expect(await stepsOf(run)).toEqual(everyStep);
    const { events } = await jsonAt<{ events: string[] }>(store, keys.checkpointPointer);
    expect(await keysBelow(store, `${keys.base}events/`)).toEqual(events);
    const claims = (await keysBelow(store, modelKeys(run).base)).filter((key) => key.endsWith('claim.json'));
    expect(claims).toHaveLength(1);
    expect(await statusOf(run)).toMatchObject({ phase: 'completed', attempt: 3 });
  });

  it('stopped by the signal while its model is assessed publishes nothing, and the next attempt does', async () => {
    const run = await started();
    const stop = new AbortController();
    const watched = watchedStore(store, ({ method, key }) => {
      if (method === 'get' && key === modelKeys(run).aliases) stop.abort();
    });
    expect(await train(run, { store: watched, signal: stop.signal })).toBeNull();
    expect(await statusOf(run)).toMatchObject({ phase: 'publishing', error: null });
    expect(await keysBelow(store, modelKeys(run).base)).toEqual([]);
    expect((await train(run, { attempt: 2 }))!.metrics).toEqual(baseReport.metrics);
    expect(await weightsOf(run)).toBe(await weightsOf('base'));
  });

  it.each([
    'checkpoint/1-14.state',
    'checkpoint/pointer.json',
    '1/claim.json',
    '1/model.json',
    'aliases.json',
    'report.json',
  ])(
    'whose trainer dies at the write of %s is finished by the next, with the same weights',
    async (place) => {
      const run = await started();
      const death = new Error('power failure');
      let pointers = 0;
      let isDead = false;
      const dying = watchedStore(store, ({ method, key }) => {
        if (method === 'put' && key === runKeys(run).checkpointPointer) pointers++;
        // The first write of the pointer takes the run, the second one is of the first checkpoint.
        isDead ||= method === 'put' && key.endsWith(`/${place}`) && pointers >= 2;
        if (isDead) throw death;
      });
      await expect(train(run, { store: dying })).rejects.toBe(death);
      const report = await train(run, { attempt: 2 });
      expect(report).toMatchObject({ model: run, version: '1' });
      expect(await weightsOf(run)).toBe(await weightsOf('base'));
      expect((await readAliases(store, run))!.aliases).toMatchObject({
        stable: '1',
        history: [{ version: '1' }],
      });
      expect(await stepsOf(run)).toEqual(everyStep);
      expect((await statusOf(run)).phase).toBe('completed');
    },
  );

  it('works by the request of its start, whatever is uploaded there later', async () => {
    const run = await started();
    await writeJson(store, runKeys(run).request, { dataset: 'tones', training: { steps: 1 } });
    expect(await train(run)).toMatchObject({ model: run, steps: 30 });
  });

  it('that has been started anew is left to the new attempt', async () => {
    const run = await started();
    await restartRun(store, recordedJobs(), run);
    const before = store.changes();
    await expect(train(run, { attempt: 1 })).rejects.toMatchObject({
      code: 'RUN_FENCED',
      details: { file: runKeys(run).job, expected: 'attempt 2', received: 'attempt 1' },
    });
    expect(store.changes()).toEqual(before);
    expect((await train(run, { attempt: 2 }))?.version).toBe('1');
  });

  it('that another trainer takes over is left to it, status and all', async () => {
    const run = await started();
    const keys = runKeys(run);
    let changesThen = 0;
    const replaced = interruptedStore(store, 'put', keys.checkpoint(1, 14), async () => {
      await Checkpoints.take(store, run);
      changesThen = store.changes().length;
    });
    await expect(train(run, { store: replaced })).rejects.toMatchObject({ code: 'RUN_FENCED' });
    const since = store.changes().slice(changesThen);
    expect(
      since.filter((change) => !/checkpoint\/1-14|metrics\/1-14|tfevents\.0+14\.1/.test(change)),
    ).toEqual([]);
    expect(await store.head(keys.report)).toBeNull();
    expect((await train(run, { attempt: 2 }))?.version).toBe('1');
    expect(await stepsOf(run)).toEqual(everyStep);
  });

  it('that another trainer takes over after its last step publishes nothing', async () => {
    const run = await started();
    const model = modelKeys(run);
    const replaced = interruptedStore(store, 'get', model.aliases, () => Checkpoints.take(store, run));
    await expect(train(run, { store: replaced })).rejects.toMatchObject({ code: 'RUN_FENCED' });
    expect(await keysBelow(store, model.base)).toEqual([]);
  });

  it('that is complete already is left as it is, and so is an alias moved since', async () => {
    await moveAlias(store, 'base', { alias: 'stable', version: '0', reason: 'rolled back' });
    const before = store.changes().length;
    expect(await train('base', { attempt: 2 })).toEqual(baseReport);
    expect(store.changes().slice(before)).toEqual([`write ${runKeys('base').status}`]);
    expect(await statusOf('base')).toMatchObject({ phase: 'completed', step: 30, steps: 30 });
    await moveAlias(store, 'base', { alias: 'stable', version: '1', reason: 'forward again' });
  });
});

describe('the gate of a training run', () => {
  it('leaves the alias on the better model, and says so in the report', async () => {
    await startTones(store, 'poor', { steps: 1, learningRate: 1e-6 }, 'base');
    expect(await train('poor')).toMatchObject({
      version: '2',
      gate: {
        passed: false,
        served: { version: '1', mAP: baseReport.metrics.mAP, difference: { high: expect.any(Number) } },
      },
    });
    expect((await readAliases(store, 'base'))!.aliases.stable).toBe('1');
    expect((await statusOf('poor')).phase).toBe('completed');
    expect((await readVersion(store, 'base', '2')).modelJson.length).toBeGreaterThan(0);
  });

  it.each(['nonsense', '{"format": "earshot-model", "formatVersion": 1}', null])(
    'lets a new model pass when the served one is %j',
    async (content) => {
      const run = await started();
      const { modelJson, claim } = modelKeys(run).version('1');
      await writeJson(store, claim, { run: 'another' });
      if (content !== null) await store.put(modelJson, Buffer.from(content));
      await moveAlias(store, run, { alias: 'stable', version: '1', reason: 'served' });
      expect(await train(run)).toMatchObject({ version: '2', gate: { passed: true, served: null } });
      expect((await readAliases(store, run))!.aliases.stable).toBe('2');
    },
  );
});
