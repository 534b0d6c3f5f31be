import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Snapshot } from '../../../shared/dataset/documents.ts';
import { modelKeys, runKeys } from '../../../shared/dataset/keys.ts';
import { readSplit } from '../../../shared/dataset/read-shards.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { rankingMetrics } from '../../../shared/metrics/ranking-metrics.ts';
import { openSavedModel } from '../../../shared/model/saved-model.ts';
import { moveAlias, readAliases } from '../../../shared/registry/aliases.ts';
import { readVersion } from '../../../shared/registry/versions.ts';
import { Checkpoints, type MetricsSegment } from '../../../shared/runs/checkpoints.ts';
import {
  type RunJob,
  type RunReport,
  type RunStatus,
  runReportSchema,
  runStatusSchema,
} from '../../../shared/runs/documents.ts';
import { type TrainRunOptions, trainRun } from '../../../shared/runs/train-run.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { framesOf } from '../../../shared/training/batch.ts';
import { bytesAt, jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore, watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { ingestTones, startTones } from '../../fixtures/tone-dataset.ts';
import { toneClips } from '../training/tone-clips.ts';

const freshBucket = freshBuckets();
const keys = runKeys('run');
const model = modelKeys('tones');
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine('wasm');
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

/** A bucket with a run that was started and no trainer yet. */
async function started(training: object = {}) {
  const store = await freshBucket();
  await ingestTones(store);
  await startTones(store, 'run', training);
  return store;
}

function train(store: ObjectStore, changes: Partial<TrainRunOptions> = {}) {
  return trainRun({
    store,
    openEngine: async () => engine,
    run: 'run',
    attempt: 1,
    signal: new AbortController().signal,
    heartbeatMs: 1000,
    ...changes,
  });
}

const statusOf = async (store: ObjectStore, run = 'run') =>
  runStatusSchema.parse(await jsonAt<RunStatus>(store, runKeys(run).status));

/** The steps of all committed metric segments, in order. */
async function stepsOf(store: ObjectStore, run = 'run') {
  const { segments } = await jsonAt<{ segments: string[] }>(store, runKeys(run).checkpointPointer);
  const read = await Promise.all(segments.map((key) => jsonAt<MetricsSegment>(store, key)));
  return read.flatMap(({ steps }) => steps.map(({ step }) => step));
}

/** As many as the tiny training has. */
const everyStep = Array.from({ length: 30 }, (_, i) => i + 1);
const weightsOf = async (store: ObjectStore, name = 'tones') =>
  Buffer.from((await readVersion(store, name, '1')).weightsBin).toString('base64');

describe('a training run', () => {
  it('ends with a model that others can use, a report, and the alias on it', async () => {
    const store = await started();
    const report = await train(store);
    expect(runReportSchema.parse(await jsonAt<RunReport>(store, keys.report))).toEqual(report);
    expect(report).toMatchObject({ run: 'run', model: 'tones', version: '1', engine: 'wasm', steps: 30 });
    expect(report!.clips).toEqual({ train: 160, validation: 0, eval: 100 });
    expect(report!.metrics.mAP).toBeGreaterThan(0.6);
    expect(report!.gate).toMatchObject({ passed: true, served: null });
    expect((await readAliases(store, 'tones'))!.aliases).toMatchObject({
      stable: '1',
      history: [{ alias: 'stable', version: '1', from: null, reason: report!.gate.reason }],
    });
    expect(await statusOf(store)).toMatchObject({
      phase: 'completed',
      attempt: 1,
      step: 30,
      steps: 30,
      engine: `wasm: ${engine.version}`,
      error: null,
    });
    expect(await stepsOf(store)).toEqual(everyStep);

    const { modelJson, weightsBin } = await readVersion(store, 'tones', '1');
    const saved = openSavedModel(engine, modelJson, weightsBin);
    expect(saved.labels.map(({ displayName }) => displayName)).toEqual([
      'Tone 0',
      'Tone 1',
      'Tone 2',
      'Tone 3',
    ]);
    const job = await jsonAt<RunJob>(store, keys.job);
    const table = await readSplit(store, await jsonAt<Snapshot>(store, job.snapshot), 'eval');
    const scores = saved.predict(Array.from({ length: table.clips }, (_, row) => framesOf(table, row)));
    const { mAP } = rankingMetrics(table, 4, Float32Array.from(scores.flatMap((clip) => [...clip])));
    expect(mAP).toBe(report!.metrics.mAP);
    expect(await jsonAt(store, model.version('1').lineage)).toMatchObject({
      run: 'run',
      dataset: 'tones',
      snapshot: job.snapshot,
      settings: { steps: 30, seed: 1 },
    });
    expect(await jsonAt(store, keys.resolved)).toMatchObject({ snapshot: job.snapshot, model: 'tones' });
  });

  it('stopped by the signal and resumed gives the weights of the undisturbed one, and one version', async () => {
    const undisturbed = await started();
    await train(undisturbed);
    const store = await started();
    for (const [i, stopAt] of [9, 16].entries()) {
      const stop = new AbortController();
      // The training loop lets others work between two steps; the trainer's progress is in its status.
      const watched = watchedStore(store, ({ method, key }) => {
        if (method === 'put' && key === keys.checkpoint(i + 1, stopAt < 14 ? 7 : 14)) stop.abort();
      });
      expect(await train(watched, { signal: stop.signal, attempt: i + 1 })).toBeNull();
      expect((await statusOf(store)).phase).toBe('training');
      expect(await store.head(keys.report)).toBeNull();
    }
    const report = await train(store, { attempt: 3 });
    expect(report?.version).toBe('1');
    expect(await weightsOf(store)).toBe(await weightsOf(undisturbed));
    expect(report!.metrics).toEqual((await jsonAt<RunReport>(undisturbed, keys.report)).metrics);
    expect(await stepsOf(store)).toEqual(everyStep);
    expect((await keysBelow(store, model.base)).filter((key) => key.endsWith('claim.json'))).toHaveLength(1);
    expect(await statusOf(store)).toMatchObject({ phase: 'completed', attempt: 3 });
  });

  it('whose trainer dies at any write is finished by the next, with the same weights', async () => {
    const store = await started();
    await train(store);
    const death = new Error('power failure');
    for (const [i, place] of [
      'checkpoint/1-14.state',
      'checkpoint/pointer.json',
      '1/claim.json',
      '1/metrics.json',
      '1/model.json',
      'aliases.json',
      'report.json',
    ].entries()) {
      const [run, name] = [`run-${i}`, `tones-${i}`];
      await startTones(store, run, {}, name);
      let pointers = 0;
      let isDead = false;
      const dying = watchedStore(store, ({ method, key }) => {
        if (method !== 'put') return;
        if (key === runKeys(run).checkpointPointer) pointers++;
        // The pointer of the second checkpoint: the first write of it takes the run.
        isDead ||= key.endsWith(`/${place}`) && (pointers === 0 || pointers >= 2);
        if (isDead) throw death;
      });
      await expect(train(dying, { run }), place).rejects.toBe(death);
      const report = await train(store, { run, attempt: 2 });
      expect(report).toMatchObject({ model: name, version: '1' });
      expect(await weightsOf(store, name)).toBe(await weightsOf(store));
      expect((await readAliases(store, name))!.aliases).toMatchObject({
        stable: '1',
        history: [{ version: '1' }],
      });
      expect(await stepsOf(store, run)).toEqual(everyStep);
      expect((await statusOf(store, run)).phase).toBe('completed');
    }
  });

  it('that another trainer takes over is left to it, status and all', async () => {
    const store = await started();
    let afterTaking: string[] = [];
    const replaced = interruptedStore(store, 'put', keys.checkpoint(1, 14), async () => {
      await Checkpoints.take(store, 'run');
      afterTaking = store.changes();
    });
    await expect(train(replaced)).rejects.toMatchObject({ code: 'RUN_FENCED' });
    const since = store.changes().slice(afterTaking.length);
    expect(since.filter((change) => !/checkpoint\/1-14|metrics\/1-14/.test(change))).toEqual([]);
    expect(await store.head(keys.report)).toBeNull();
    expect((await train(store, { attempt: 2 }))?.version).toBe('1');
    expect(await stepsOf(store)).toEqual(everyStep);
  });

  it('that another trainer takes over after its last step publishes nothing', async () => {
    const store = await started();
    const replaced = interruptedStore(store, 'get', model.aliases, () => Checkpoints.take(store, 'run'));
    await expect(train(replaced)).rejects.toMatchObject({ code: 'RUN_FENCED' });
    expect(await keysBelow(store, model.base)).toEqual([]);
  });

  it('that is complete already is left as it is, and so is an alias moved since', async () => {
    const store = await started();
    const report = await train(store);
    await moveAlias(store, 'tones', { alias: 'stable', version: '0', reason: 'rolled back' });
    const before = store.changes();
    expect(await train(store, { attempt: 2 })).toEqual(report);
    expect(store.changes().slice(before.length)).toEqual([`write ${keys.status}`]);
    expect(await statusOf(store)).toMatchObject({ phase: 'completed', step: 30, steps: 30 });
  });
});

describe('the gate of a training run', () => {
  it('leaves the alias on the better model, and says so in the report', async () => {
    const store = await started();
    await train(store);
    await startTones(store, 'poor', { steps: 1, learningRate: 1e-6 });
    const report = await train(store, { run: 'poor' });
    expect(report).toMatchObject({ version: '2', gate: { passed: false, served: { version: '1' } } });
    expect((await readAliases(store, 'tones'))!.aliases).toMatchObject({ stable: '1', history: [{}] });
    expect((await statusOf(store, 'poor')).phase).toBe('completed');
    expect((await readVersion(store, 'tones', '2')).modelJson.length).toBeGreaterThan(0);
  });

  it('lets a new model pass when the served one cannot be read any more', async () => {
    for (const damage of [
      (store: ObjectStore) => store.put(model.version('1').weights, Buffer.from('nonsense')),
      (store: ObjectStore) => store.delete(model.version('1').modelJson),
    ]) {
      const store = await started();
      await train(store);
      await damage(store);
      await startTones(store, 'again');
      expect(await train(store, { run: 'again' })).toMatchObject({
        version: '2',
        gate: { passed: true, served: null },
      });
      expect((await readAliases(store, 'tones'))!.aliases.stable).toBe('2');
    }
  });
});

describe('a training run that fails', () => {
  it('through something the user can mend ends as failed, with the reason', async () => {
    const store = await freshBucket();
    const silent = toneClips({ clips: 5, seed: 2 });
    await ingestTones(store, {
      ...silent,
      labelOffsets: new Uint32Array(silent.clips + 1),
      labelIndices: new Uint16Array(),
    });
    await startTones(store, 'run');
    await expect(train(store)).rejects.toMatchObject({ code: 'SNAPSHOT_EMPTY' });
    expect(await statusOf(store)).toMatchObject({
      phase: 'failed',
      error: { code: 'SNAPSHOT_EMPTY', message: expect.stringContaining('expected a label that some') },
    });
  });

  it('for want of its engine ends as failed, with the reason', async () => {
    const store = await started();
    const unavailable = new EarshotError('ENGINE_UNAVAILABLE', { received: 'no such package' });
    await expect(train(store, { openEngine: () => Promise.reject(unavailable) })).rejects.toBe(unavailable);
    expect(await statusOf(store)).toMatchObject({ phase: 'failed', error: { code: 'ENGINE_UNAVAILABLE' } });
  });

  it('through a fault keeps its phase, so that the sweep starts it again, and notes the reason', async () => {
    const store = await started();
    const job = await jsonAt<RunJob>(store, keys.job);
    const { splits } = await jsonAt<Snapshot>(store, job.snapshot);
    const [shard] = splits.train.shards;
    const bytes = await bytesAt(store, shard!.key);
    await store.put(shard!.key, Buffer.concat([bytes, Buffer.of(0)]));
    await expect(train(store)).rejects.toMatchObject({ code: 'SHARD_CORRUPT' });
    expect(await statusOf(store)).toMatchObject({ phase: 'loading', error: { code: 'SHARD_CORRUPT' } });
    await store.put(shard!.key, bytes);
    expect((await train(store, { attempt: 2 }))?.version).toBe('1');
    expect(await statusOf(store)).toMatchObject({ phase: 'completed', error: null });
  });

  it('through what nobody foresaw notes that as a fault of ours', async () => {
    const store = await started();
    const surprise = new TypeError('x is not a function');
    await expect(train(store, { openEngine: () => Promise.reject(surprise) })).rejects.toBe(surprise);
    expect(await statusOf(store)).toMatchObject({
      phase: 'starting',
      error: { code: 'INTERNAL_FAULT', message: 'x is not a function' },
    });
  });
});
