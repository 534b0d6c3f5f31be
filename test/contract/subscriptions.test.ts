import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { matchesSubscription, serviceOf } from '../../infra/service/service.ts';
import { subscriptionsOf } from '../../infra/service/service-events.ts';
import {
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
import { runServerless } from '../e2e/run-serverless.ts';
import { anyDatasetName, anyRunName, anySourceFile, anyUploadSplit } from '../fixtures/names.ts';

let wakes: (key: string, operation?: 'write' | 'delete') => string[];

beforeAll(async () => {
  const printed = await runServerless(['print', '--format', 'json']);
  expect(printed.code, printed.stderr).toBe(0);
  const subscriptions = subscriptionsOf(serviceOf(JSON.parse(printed.stdout)));
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
        const { base: _, request, checkpoint, metrics, ...quiet } = runKeys(run);
        expect(wakes(request)).toEqual(['start-training']);
        for (const key of [...Object.values(quiet), checkpoint(epoch, step), metrics(epoch, step)]) {
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
        for (const key of [keys.aliases, ...Object.values(keys.version(`${version}`)), `${probeKey}.x`]) {
          expect(wakes(key)).toEqual([]);
          expect(wakes(key, 'delete')).toEqual([]);
        }
      }),
    );
  });
});
