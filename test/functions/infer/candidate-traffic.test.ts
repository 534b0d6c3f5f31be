import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ComparisonRecord } from '../../../functions/infer/comparison-record.ts';
import { ServedModels } from '../../../functions/infer/served-models.ts';
import { modelKeys } from '../../../shared/dataset/keys.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openInferenceEngine } from '../../../shared/engine/inference-engine.ts';
import type { ClipDifference, ComparedPair, ShadowObserver } from '../../../shared/inference/comparison.ts';
import { openSavedModel, type SavedModelFiles } from '../../../shared/model/saved-model.ts';
import type { ModelChoice } from '../../../shared/protocols/route.ts';
import { setCandidate } from '../../../shared/registry/candidate.ts';
import { readComparison } from '../../../shared/registry/comparisons.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { publish, smallModel } from '../../fixtures/published-model.ts';

/** Its scores depend on what it hears; those of a small mlp hardly do. */
const hearing = (seed: number) => smallModel(seed, 'uint8', { head: 'single-attention', hidden: 7 });
const reason = 'a test';
const frames = Uint8Array.from({ length: 18 }, (_, i) => (37 * i) % 256);
let local: TemporaryStore;
let store: ObjectStore;
let engine: Engine;
let name = '';
let count = 0;

beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
  engine = await openInferenceEngine();
});
afterAll(() => local.remove());
beforeEach(() => {
  name = `traffic-${count++}`;
});

class Observed implements ShadowObserver {
  readonly compared: ClipDifference[] = [];
  skipped = 0;
  readonly failed: string[] = [];
  pair: ComparedPair | null = null;
  onCompared(pair: ComparedPair, clips: readonly ClipDifference[]) {
    this.pair = pair;
    this.compared.push(...clips);
  }
  onSkipped() {
    this.skipped++;
  }
  onFailed(_: ComparedPair, error: unknown) {
    this.failed.push(String(error));
  }
}

function serve(...observers: ShadowObserver[]): ServedModels {
  return new ServedModels({ name, store, engine: async () => engine, refreshMs: 0 }, 10_000, observers);
}

/** Version 1 is the candidate and 2 stable. */
async function publishBoth(files: SavedModelFiles, share: number, shadow = false): Promise<void> {
  await publish(store, name, '1', files);
  await publish(store, name, '2', hearing(2));
  await setCandidate(store, name, { version: '1', traffic: { share, shadow }, reason });
}

const versionOf = (models: ServedModels, choice: ModelChoice) =>
  models.use(choice, async ({ version }) => version);

/** As a route that scores clips does. */
const ask = (models: ServedModels, request: string) =>
  models.use({ request }, async (model) => {
    const [probabilities] = model.saved.predict([frames]);
    const scored = [{ id: null, frameSeconds: 1, probabilities: probabilities!, windows: [], frames: null }];
    models.answered({ model, clips: [{ id: null, frames }], scored, selection: { hop: 2, threshold: 0 } });
    return model.version;
  });

describe('a share of the traffic', () => {
  it('is answered by the candidate once it is loaded, the same requests each time', async () => {
    await publishBoth(hearing(1), 0.5);
    const models = serve();
    await expect.poll(() => versionOf(models, { request: 'first' })).toBe('2');
    const ids = Array.from({ length: 40 }, (_, i) => `request-${i}`);
    const answers = async () => Promise.all(ids.map((request) => versionOf(models, { request })));
    await expect.poll(async () => new Set(await answers())).toEqual(new Set(['1', '2']));
    expect(await answers()).toEqual(await answers());
    // Only a request that scores clips, and names no version.
    for (const choice of [{}, { label: 'stable' }, { version: '2' }]) {
      expect(await versionOf(models, choice)).toBe('2');
    }
  });

  it.each([
    ['cannot be loaded', hearing(1), 'model-refresh-failed'],
    ['takes other clips', smallModel(1, 'float32'), 'candidate-unlike'],
  ])('of a candidate that %s is answered by stable, and that is logged once', async (_, files, event) => {
    await publishBoth(files, 1);
    if (event === 'model-refresh-failed') await store.delete(modelKeys(name).version('1').modelJson);
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const models = serve();
      const logged = () =>
        stderr.mock.calls.filter(([line]) => (JSON.parse(String(line)) as { event: string }).event === event);
      await expect
        .poll(async () => {
          expect(await versionOf(models, { request: 'r' })).toBe('2');
          return logged().length;
        })
        .toBe(1);
      for (let i = 0; i < 5; i++) expect(await versionOf(models, { request: 'r' })).toBe('2');
      expect(logged()).toHaveLength(1);
    } finally {
      stderr.mockRestore();
    }
  });
});

it('a candidate whose alias is cleared leaves memory, after the request that it answers', async () => {
  await publishBoth(hearing(1), 0);
  const models = serve();
  await versionOf(models, {});
  const before = engine.tf.memory().numTensors;
  await models.use({ label: 'candidate' }, async ({ version, saved }) => {
    expect(version).toBe('1');
    await setCandidate(store, name, { version: null, reason });
    await expect
      .poll(() => versionOf(models, { label: 'candidate' }).catch((error: { code: string }) => error.code))
      .toBe('MODEL_NOT_SERVED');
    expect(saved.predict([frames])[0]).toHaveLength(5);
    expect(engine.tf.memory().numTensors).toBeGreaterThan(before);
  });
  expect(engine.tf.memory().numTensors).toBe(before);
});

describe('shadow traffic', () => {
  it('is scored by the candidate after the answer of stable, and the difference is told', async () => {
    await publishBoth(hearing(1), 0, true);
    const observed = new Observed();
    const models = serve(observed);
    await expect
      .poll(async () => {
        expect(await ask(models, 'r')).toBe('2');
        await turn();
        return observed.compared.length;
      })
      .toBeGreaterThan(0);
    const [theirs, ours] = [hearing(1), hearing(2)].map(
      (files) => openSavedModel(engine, files).predict([frames])[0]!,
    );
    const mean = ours!.reduce((sum, value, i) => sum + Math.abs(value - theirs![i]!), 0) / ours!.length;
    expect(mean).toBeGreaterThan(0);
    expect(observed.compared[0]!.mean).toBeCloseTo(mean, 6);
    expect(observed.pair).toEqual({ model: name, stable: '2', candidate: '1' });
    expect(observed.failed).toEqual([]);
  });

  it('waits while requests are under way, and skips what does not fit', async () => {
    await publishBoth(hearing(1), 0, true);
    const observed = new Observed();
    const models = serve(observed);
    let asked = 0;
    const askOnce = () => ask(models, `r-${asked++}`);
    const told = () => observed.compared.length + observed.skipped;
    await expect.poll(async () => (await askOnce()) && observed.compared.length).toBeGreaterThan(0);
    await expect.poll(told).toBe(asked);
    const so = { compared: observed.compared.length, skipped: observed.skipped };
    await models.use({}, async () => {
      for (let i = 0; i < 100; i++) await askOnce();
      for (let i = 0; i < 20; i++) await turn();
      expect(observed.compared.length).toBe(so.compared);
      expect(observed.skipped).toBeGreaterThan(so.skipped);
    });
    await expect.poll(told).toBe(asked);
    expect(observed.compared.length).toBeGreaterThan(so.compared);
  });

  it('of a candidate that cannot score the clips harms no answer, and is counted', async () => {
    await publishBoth(smallModel(1, 'float32'), 0, true);
    const observed = new Observed();
    const models = serve(observed);
    await expect
      .poll(async () => {
        expect(await ask(models, 'r')).toBe('2');
        return observed.failed.length;
      })
      .toBeGreaterThan(0);
    expect(observed.failed[0]).toContain('other frames');
  });

  it('is kept in the bucket as sums, which the bucket being away does not lose', async () => {
    await publishBoth(hearing(1), 0, true);
    let away = true;
    const put: ObjectStore['put'] = async (...call) => {
      if (away) throw new Error('the bucket is away');
      return store.put(...call);
    };
    const models = serve(new ComparisonRecord({ ...store, put }, 20));
    const pair = { model: name, stable: '2', candidate: '1' };
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const said = (event: string) => stderr.mock.calls.some(([line]) => String(line).includes(event));
      await expect.poll(async () => (await ask(models, 'r')) && said('comparison-not-written')).toBe(true);
      expect(said('candidate-compared')).toBe(true);
      away = false;
      await expect
        .poll(async () => (await ask(models, 'r')) && (await readComparison(store, pair))?.clips)
        .toBeGreaterThan(1);
    } finally {
      stderr.mockRestore();
    }
    const kept = (await readComparison(store, pair))!;
    expect(kept).toMatchObject({ instances: 1, requests: kept.clips, failed: 0 });
  });
});
