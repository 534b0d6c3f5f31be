import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CodeEngineMain } from '../../../shared/http/code-engine-function.ts';
import { isInShare } from '../../../shared/inference/traffic-share.ts';
import { setCandidate } from '../../../shared/registry/candidate.ts';
import { disagreementOf, readComparison } from '../../../shared/registry/comparisons.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { publish, smallModel } from '../../fixtures/published-model.ts';
import { jsonType } from './ask-main.ts';
import { type RunningInfer, startInfer } from './running-infer.ts';

const hearing = (seed: number) => smallModel(seed, 'uint8', { head: 'single-attention', hidden: 7 });
const frames = Array.from({ length: 3 }, (_, t) => [0, 50, 100, 150, 200, 250].map((value) => value + 2 * t));
let local: TemporaryStore;
let store: ObjectStore;
let infer: RunningInfer;
let main: CodeEngineMain;

/** Version 1 is the candidate, with half of the requests and in the shadow of 2. */
beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
  await publish(store, 'small', '1', hearing(1));
  await publish(store, 'small', '2', hearing(2));
  await setCandidate(store, 'small', {
    version: '1',
    traffic: { share: 0.5, shadow: true },
    reason: 'a test',
  });
  infer = await startInfer(local);
  main = infer.loadMain();
});
afterAll(async () => {
  await infer.stop();
  await local.remove();
});

async function ask(path: string, body: object, id: string) {
  const answer = await main({
    ...{ __ce_method: 'POST', __ce_path: path },
    __ce_headers: { 'Content-Type': jsonType, 'X-Request-Id': id },
    __ce_body: Buffer.from(JSON.stringify(body)).toString('base64'),
  });
  expect(answer.statusCode, JSON.stringify(answer.body)).toBe(200);
  return { header: answer.headers['x-model-version'], body: answer.body as Record<string, unknown> };
}

const predict = (id: string) => ask('/predict', { clips: [{ frames }], top_k: 5 }, id);
const tensor = { name: 'embedding', shape: [1, 3, 6], datatype: 'UINT8', data: [frames] };

it('the bundle answers a request by stable or the candidate as its id says, and the answer says by which', async () => {
  const ids = Array.from({ length: 20 }, (_, i) => `caller-${i}`);
  const expected = ids.map((id) => (isInShare(id, '1', 0.5) ? '1' : '2'));
  expect(new Set(expected).size).toBe(2);
  await expect
    .poll(async () => Promise.all(ids.map(async (id) => (await predict(id)).header)))
    .toEqual(expected);
  for (const [i, id] of ids.entries()) {
    expect((await predict(id)).body['version']).toBe(expected[i]);
    const { body } = await ask('/v2/models/small/infer', { inputs: [tensor] }, id);
    expect(body['model_version']).toBe(expected[i]);
    const chosen = await ask(
      '/v1/models/small/versions/2:predict',
      { instances: [{ embedding: frames }] },
      id,
    );
    expect(chosen.header).toBe('2');
  }
});

it('what stable has answered is compared, and found in the bucket', async () => {
  const pair = { model: 'small', stable: '2', candidate: '1' };
  await expect.poll(async () => (await readComparison(store, pair))?.clips ?? 0).toBeGreaterThan(0);
  const comparison = (await readComparison(store, pair))!;
  expect(comparison).toMatchObject({ instances: 1, failed: 0 });
  const { meanDifference, sameTop1 } = disagreementOf(comparison)!;
  expect(meanDifference).toBeGreaterThan(0);
  expect([0, 1]).toContain(sameTop1);
});
