import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelHolder, type ModelSource } from '../../../functions/infer/served-model.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openInferenceEngine } from '../../../shared/engine/inference-engine.ts';
import { openSavedModel } from '../../../shared/model/saved-model.ts';
import { moveAlias } from '../../../shared/registry/aliases.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { publish, smallModel, withWeights } from '../../fixtures/published-model.ts';

const patient = 10_000;
const frames = new Uint8Array(12).fill(200);
let local: TemporaryStore;
let store: ObjectStore;
let engine: Engine;
let name: string;
let count = 0;

beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
  engine = await openInferenceEngine();
});
afterAll(() => local.remove());
beforeEach(() => {
  name = `model-${count++}`;
});

const holderOf = (changes: Partial<ModelSource> = {}) =>
  new ModelHolder({ name, store, engine: async () => engine, refreshMs: 0, ...changes });

const versionOf = (holder: ModelHolder) => holder.use(patient, async ({ version }) => version);

function scoresOf(seed: number): Float32Array {
  const saved = openSavedModel(engine, smallModel(seed));
  const [scores] = saved.predict([frames]);
  saved.dispose();
  return scores!;
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

describe('before a model is there', () => {
  it('it says that there is none, and serves the first one once it is published', async () => {
    const holder = holderOf();
    expect(await failureOf(versionOf(holder))).toBe('MODEL_MISSING');
    await publish(store, name, '1', smallModel(1));
    expect(await versionOf(holder)).toBe('1');
  });

  it('requests share one load', async () => {
    await publish(store, name, '1', smallModel(1));
    let reads = 0;
    const counting = { ...store, get: (key: string) => store.get(key, {}).finally(() => reads++) };
    const holder = holderOf({ store: counting, refreshMs: 60_000 });
    expect(await Promise.all(Array.from({ length: 5 }, () => versionOf(holder)))).toEqual(Array(5).fill('1'));
    // The alias, model.json and the weights file.
    expect(reads).toBe(3);
  });

  it('a request that runs out of patience is told that the model loads; the load goes on', async () => {
    await publish(store, name, '1', smallModel(1));
    const slow = async () => {
      await pause(300);
      return engine;
    };
    const holder = holderOf({ engine: slow });
    await expect(holder.use(20, async () => 'served')).rejects.toMatchObject({
      code: 'MODEL_LOADING',
      details: {
        stage: expect.stringMatching(/^(aliases|weights|engine|warm-up)$/),
        retryAfterSeconds: 1,
      },
    });
    expect(await versionOf(holder)).toBe('1');
  });

  it('the longer a load has lasted, the later one is told to ask again', async () => {
    await publish(store, name, '1', smallModel(1));
    const holder = holderOf({ engine: () => pause(1300, engine) });
    const told = [200, 1200].map((patienceMs) =>
      holder.use(patienceMs, async () => 0).catch((error) => error.details.retryAfterSeconds),
    );
    expect(await Promise.all(told)).toEqual([1, 2]);
  });

  it('a fault of the engine is said to each request, and harms nothing else', async () => {
    const holder = holderOf({ engine: () => Promise.reject(new Error('no engine')) });
    // The store fails first: there is no model. Nobody waits for the engine then.
    expect(await failureOf(versionOf(holder))).toBe('MODEL_MISSING');
    await publish(store, name, '1', smallModel(1));
    expect(await failureOf(versionOf(holder))).toBe('Error: no engine');
    expect(await failureOf(versionOf(holder))).toBe('Error: no engine');
  });

  it('a first version that is corrupt is not served', async () => {
    const damaged = withWeights(smallModel(1), (bytes) => bytes.map((byte) => byte ^ 1));
    await publish(store, name, '1', damaged);
    expect(await failureOf(versionOf(holderOf()))).toBe('MODEL_CORRUPT');
  });

  it('a version of an earlier format is not served, and the answer says what to do', async () => {
    const earlier = Buffer.from('{"format": "earshot-model", "formatVersion": 1, "spec": {"kind": "mlp"}}');
    await publish(store, name, '1', { ...smallModel(1), modelJson: earlier });
    await expect(versionOf(holderOf())).rejects.toMatchObject({
      code: 'MODEL_FORMAT_UNSUPPORTED',
      details: { file: 'model.json', received: 'an earshot-model of format version 1' },
      remedy: expect.stringContaining('Start a run'),
    });
  });
});

describe('when no model is named', () => {
  it('the one whose alias moved last is served', async () => {
    const others = [`${name}-b`, `${name}-a`] as const;
    const holder = holderOf({ name: '*' });
    const nameOf = () => holder.use(patient, async (model) => model.name);
    await publish(store, others[0], '1', smallModel(1));
    await expect.poll(nameOf).toBe(others[0]);
    await pause(1100);
    await publish(store, others[1], '1', smallModel(2));
    await expect.poll(nameOf).toBe(others[1]);
  });
});

describe('when the alias moves', () => {
  it('the new version is served without a failed or wrong answer in between', async () => {
    await publish(store, name, '1', smallModel(1));
    const expected = { 1: scoresOf(1), 2: scoresOf(2) } as Readonly<Record<string, Float32Array>>;
    const holder = holderOf();
    const seen: string[] = [];
    const until = Date.now() + 5000;
    const caller = async () => {
      while (seen.filter((version) => version === '2').length < 20 && Date.now() < until) {
        await holder.use(patient, async ({ version, saved }) => {
          // A request reads its body between taking the model and using it.
          await pause(3);
          expect(saved.predict([frames])[0]).toEqual(expected[version]);
          seen.push(version);
        });
      }
    };
    const callers = Promise.all(Array.from({ length: 4 }, caller));
    await pause(50);
    await publish(store, name, '2', smallModel(2));
    await callers;
    expect(new Set(seen)).toEqual(new Set(['1', '2']));
  });

  it('a request under way keeps its model, which is freed after it', async () => {
    await publish(store, name, '1', smallModel(1));
    const holder = holderOf();
    await versionOf(holder);
    const before = engine.tf.memory().numTensors;
    await holder.use(patient, async ({ version, saved }) => {
      await publish(store, name, '2', smallModel(2));
      await expect.poll(() => versionOf(holder)).toBe('2');
      expect(version).toBe('1');
      expect(saved.predict([frames])[0]).toEqual(scoresOf(1));
      expect(engine.tf.memory().numTensors).toBeGreaterThan(before);
    });
    expect(engine.tf.memory().numTensors).toBe(before);
  });

  it.each([
    [
      'is corrupt',
      async () => {
        await publish(
          store,
          name,
          '2',
          withWeights(smallModel(2), (bytes) => bytes.subarray(4)),
        );
      },
    ],
    [
      'is not there',
      async () => {
        await moveAlias(store, name, { alias: 'stable', version: '2', reason: 'too early' });
      },
    ],
    [
      'has an alias that is no JSON',
      async () => {
        await store.put(`models/${name}/aliases.json`, Buffer.from('{'));
      },
    ],
  ])('to a version that %s, the old one stays, and that is logged once', async (_, move) => {
    await publish(store, name, '1', smallModel(1));
    const holder = holderOf();
    await versionOf(holder);
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      await move();
      for (let i = 0; i < 10; i++) {
        expect(await holder.use(patient, async ({ saved }) => saved.predict([frames])[0])).toEqual(
          scoresOf(1),
        );
        await pause(10);
      }
      const lines = stderr.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
      expect(lines).toEqual([expect.objectContaining({ event: 'model-refresh-failed', model: name })]);
    } finally {
      stderr.mockRestore();
    }
  });
});

it('without the store, the model that was loaded is served on', async () => {
  const other = await startTemporaryStore();
  try {
    const away = openCosObjectStore(other.settings);
    await publish(away, name, '1', smallModel(1));
    const holder = holderOf({ store: away });
    await versionOf(holder);
    await other.server.close();
    for (let i = 0; i < 10; i++) {
      const began = performance.now();
      expect(await versionOf(holder)).toBe('1');
      expect(performance.now() - began).toBeLessThan(500);
      await pause(5);
    }
  } finally {
    await other.remove();
  }
});

it('an error of the work reaches its caller, and the model is served on', async () => {
  await publish(store, name, '1', smallModel(1));
  const holder = holderOf();
  const failing = holder.use(patient, () => Promise.reject(new Error('of the work')));
  await expect(failing).rejects.toThrow('of the work');
  expect(await versionOf(holder)).toBe('1');
});
