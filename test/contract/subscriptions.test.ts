import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { matchesSubscription, serviceOf } from '../../infra/service/service.ts';
import { type Subscription, subscriptionsOf } from '../../infra/service/service-events.ts';
import {
  datasetConfigKey,
  incomingKey,
  manifestKey,
  modelKeys,
  probeKey,
  quarantineKey,
  quarantineReasonsKey,
  receiptKey,
  runKeys,
  shardKey,
  snapshotKey,
} from '../../shared/dataset/keys.ts';
import { shardUpload } from '../../shared/dataset/shard-upload.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { startRun } from '../../shared/runs/start-run.ts';
import { trainRun } from '../../shared/runs/train-run.ts';
import { assertConditionalWrites } from '../../shared/storage/conditional-writes-probe.ts';
import { writeJson } from '../../shared/storage/json-objects.ts';
import { sweep } from '../../shared/sweep/sweep.ts';
import { frameRecord } from '../../shared/tfrecord/writer.ts';
import { validateUpload } from '../../shared/validation/validate-upload.ts';
import { runServerless } from '../e2e/run-serverless.ts';
import { pipelineSubscriptions } from '../fixtures/histories/killable-platform.ts';
import { anyDatasetName, anyRunName, anySourceFile, anyUploadSplit } from '../fixtures/names.ts';
import { freshBuckets } from '../fixtures/object-store/fresh-buckets.ts';
import { recordedJobs } from '../fixtures/recorded-jobs.ts';
import { fileOfTones, ingestTones, startTones } from '../fixtures/tone-dataset.ts';
import { drop } from '../fixtures/uploads.ts';

let subscriptions: Subscription[];
let wakes: (key: string, operation?: 'write' | 'delete') => string[];

beforeAll(async () => {
  const printed = await runServerless(['print', '--format', 'json']);
  expect(printed.code, printed.stderr).toBe(0);
  subscriptions = subscriptionsOf(serviceOf(JSON.parse(printed.stdout)));
  wakes = (key, operation = 'write') =>
    subscriptions
      .filter(({ event }) => matchesSubscription(event, key, operation))
      .map(({ functionName }) => functionName);
});

const anyUpload = fc.oneof(
  fc.tuple(anyDatasetName, anyUploadSplit, anySourceFile).map((parts) => incomingKey(...parts)),
  // Misplaced ones are validated too.
  fc.string({ unit: 'grapheme' }).map((rest) => `incoming/${rest}`),
);
const anyHash = fc.stringMatching(/^[0-9a-f]{64}$/);
const anySplit = fc.constantFrom('train', 'eval');

it('the histories have the subscriptions of validate and shard', () => {
  const ofThese = subscriptions.filter(({ functionName }) => ['validate', 'shard'].includes(functionName));
  expect(pipelineSubscriptions).toEqual(ofThese);
});

describe('of what the stages write, by serverless.yml,', () => {
  it('an upload, and its deletion, wake validate alone', () => {
    fc.assert(
      fc.property(anyUpload, fc.constantFrom('write', 'delete'), (key, operation) => {
        expect(wakes(key, operation)).toEqual(['validate']);
      }),
    );
  });

  it("validate's receipt wakes shard, its removal and the quarantine nobody", () => {
    fc.assert(
      fc.property(anyUpload, (key) => {
        expect(wakes(receiptKey(key))).toEqual(['shard']);
        expect(wakes(receiptKey(key), 'delete')).toEqual([]);
        for (const quiet of [quarantineKey(key), quarantineReasonsKey(key), manifestKey(key)]) {
          expect(wakes(quiet)).toEqual([]);
          expect(wakes(quiet, 'delete')).toEqual([]);
        }
      }),
    );
  });

  it('shards, manifest entries and snapshots wake nobody', () => {
    fc.assert(
      fc.property(anyDatasetName, anySplit, anyHash, anyUpload, (dataset, split, hash, upload) => {
        for (const key of [shardKey(dataset, split, hash), manifestKey(upload), snapshotKey(dataset, hash)]) {
          expect(wakes(key)).toEqual([]);
          expect(wakes(key, 'delete')).toEqual([]);
        }
      }),
    );
  });

  it('of a run only its request wakes start-training', () => {
    fc.assert(
      fc.property(anyRunName, fc.nat(), fc.nat(), (run, epoch, step) => {
        const { base: _, request, checkpoint, metrics, events, ...quiet } = runKeys(run);
        expect(wakes(request)).toEqual(['start-training']);
        const written = [checkpoint, metrics, events].map((keyOf) => keyOf(epoch, step));
        for (const key of [...Object.values(quiet), ...written]) {
          expect(wakes(key)).toEqual([]);
          expect(wakes(key, 'delete')).toEqual([]);
        }
      }),
    );
  });

  it('models, their alias and the probe of conditional writes wake nobody', () => {
    fc.assert(
      fc.property(anyDatasetName, fc.integer({ min: 1 }), (name, version) => {
        const keys = modelKeys(name);
        const { weights, ...others } = keys.version(`${version}`);
        const files = [...Object.values(others), weights('group1-shard1of1.bin')];
        for (const key of [keys.aliases, ...files, `${probeKey}.x`]) {
          expect(wakes(key)).toEqual([]);
          expect(wakes(key, 'delete')).toEqual([]);
        }
      }),
    );
  });
});

describe('what the stages really write', () => {
  const freshBucket = freshBuckets();

  it('wakes whom it is meant to wake, and nobody else', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const store = await freshBucket();
    const jobs = recordedJobs();
    /** Functions that the changes made by `work` wake. */
    const wokenBy = async (work: () => Promise<unknown>) => {
      const before = store.changes().length;
      await work();
      const changes = store.changes().slice(before);
      expect(changes.length).toBeGreaterThan(0);
      const woken = changes.flatMap((change) => {
        const [operation, ...key] = change.split(' ');
        return wakes(key.join(' '), operation as 'write' | 'delete');
      });
      return [...new Set(woken)].sort();
    };
    await ingestTones(store);
    await writeJson(store, datasetConfigKey('tones'), { width: 8, maxFrames: 3, autoTrain: {} });
    const bad = await drop(store, 'tones', 'train', 'bad.tfrecord', frameRecord(Buffer.from('bad')));
    expect(await wokenBy(() => validateUpload(store, bad))).toEqual(['shard']);
    expect(await wokenBy(() => shardUpload(store, receiptKey(bad)))).toEqual([]);
    await store.delete(bad);
    expect(await wokenBy(() => validateUpload(store, bad))).toEqual([]);

    expect(await wokenBy(() => startTones(store, 'run'))).toEqual(['start-training']);
    await store.delete(runKeys('run').job);
    expect(await wokenBy(() => startRun(store, jobs, runKeys('run').request, 0))).toEqual([]);
    const signal = new AbortController().signal;
    const openedEngine = await openEngine('wasm');
    const train = () =>
      trainRun({
        store,
        openEngine: async () => openedEngine,
        run: 'run',
        attempt: 1,
        signal,
        heartbeatMs: 50,
      });
    expect(await wokenBy(train)).toEqual([]);
    expect(await wokenBy(() => assertConditionalWrites(store, probeKey))).toEqual([]);

    await drop(store, 'tones', 'train', 'lost.tfrecord', fileOfTones(5));
    const anHourOn = new Date(Date.now() + 3600_000);
    expect(await wokenBy(() => sweep(store, jobs, anHourOn))).toEqual(['shard', 'start-training']);
    vi.restoreAllMocks();
  });
});
