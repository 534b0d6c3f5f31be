import { afterAll, beforeAll, expect, it } from 'vitest';
import { ServedModels } from '../../../functions/infer/served-models.ts';
import { openInferenceEngine } from '../../../shared/engine/inference-engine.ts';
import type { ModelChoice } from '../../../shared/protocols/route.ts';
import { moveAlias } from '../../../shared/registry/aliases.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { publish, smallModel } from '../../fixtures/published-model.ts';

let local: TemporaryStore;
let store: ObjectStore;
let models: ServedModels;

beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
  const engine = openInferenceEngine();
  const source = { name: 'small', store, engine: () => engine, refreshMs: 0 } as const;
  models = new ServedModels(source, 10_000);
});
afterAll(() => local.remove());

const versionOf = (choice: ModelChoice) => models.use(choice, async ({ version }) => version);
const refusalOf = (choice: ModelChoice) =>
  versionOf(choice).then(
    () => null,
    (error: { code: string; details: object }) => ({ code: error.code, ...error.details }),
  );

it('the stable version is served, and the candidate to those who ask for it by label or version', async () => {
  await publish(store, 'small', '1', smallModel(1));
  await publish(store, 'small', '2', smallModel(2));
  for (const choice of [{}, { model: 'small' }, { label: 'stable' }, { version: '2' }]) {
    expect(await versionOf(choice)).toBe('2');
  }
  const refused = { code: 'MODEL_NOT_SERVED', expected: 'model small, version 2 (stable)' };
  for (const choice of [{ model: 'other' }, { label: 'candidate' }, { label: 'x' }, { version: '1' }]) {
    expect(await refusalOf(choice)).toMatchObject(refused);
  }
  await moveAlias(store, 'small', { alias: 'candidate', version: '1', reason: 'a test' });
  await expect.poll(() => versionOf({ label: 'candidate' }).catch(() => 'none')).toBe('1');
  expect(await versionOf({ version: '1' })).toBe('1');
  expect(await versionOf({})).toBe('2');
  expect(await refusalOf({ version: '3' })).toMatchObject({
    code: 'MODEL_NOT_SERVED',
    expected: 'model small, version 2 (stable) or 1 (candidate)',
    received: '"3"',
  });
});
