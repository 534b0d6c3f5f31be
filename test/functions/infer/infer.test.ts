import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInferenceEngine } from '../../../shared/engine/inference-engine.ts';
import { openSavedModel, type SavedModel } from '../../../shared/model/saved-model.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { encodeTfRecordFile } from '../../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import { clipOf } from '../../fixtures/clips.ts';
import { evalClips, publishEvaluated } from '../../fixtures/evaluated-version.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { publish, smallLabels, smallModel, smallShape, withWeights } from '../../fixtures/published-model.ts';
import { byteClips } from '../../shared/model/small-models.ts';
import { type RunningInfer, startInfer } from './running-infer.ts';

interface Answer {
  readonly model: string;
  readonly version: string;
  readonly clips: readonly {
    readonly id: string | null;
    readonly predictions: readonly { label_id: string; label: string; probability: number }[];
  }[];
}

const { width } = smallShape;
const clips = byteClips([1, 4, 2], width);
const rows = (clip: Uint8Array) =>
  Array.from({ length: clip.length / width }, (_, i) => [...clip.subarray(i * width, (i + 1) * width)]);
const json = { 'content-type': 'application/json' };

let local: TemporaryStore;
let store: ObjectStore;
let infer: RunningInfer;
let direct: SavedModel;

beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
  infer = await startInfer(local);
  direct = openSavedModel(await openInferenceEngine(), smallModel(1));
});
afterAll(async () => {
  await infer.stop();
  await local.remove();
});

async function ask(body: unknown, query = ''): Promise<Answer> {
  const response = await fetch(`${infer.url}/predict${query}`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Answer;
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer;
}

/** What the saved model itself says of the clips, best label first. */
function expected(topK: number) {
  return direct.predict(clips).map((scores) =>
    smallLabels
      .map(({ mid, displayName }, i) => ({ label_id: mid, label: displayName, probability: scores[i]! }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, topK),
  );
}

const predictionsOf = (answer: Answer) => answer.clips.map(({ predictions }) => predictions);

describe('before a model is published', () => {
  it.each([
    ['/healthz', { method: 'GET' }],
    ['/predict', { method: 'POST', headers: json, body: '{}' }],
  ])('%s answers 503 with Retry-After', async (path, init) => {
    const response = await fetch(`${infer.url}${path}`, init);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'MODEL_MISSING', status: 503 });
  });
});

describe('once a model is published', () => {
  beforeAll(() => publishEvaluated(store, evalClips(20), 7, { files: smallModel(1) }));

  it('/healthz says what is served and what it takes', async () => {
    const response = await fetch(`${infer.url}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ready',
      model: 'small',
      version: '1',
      labels: 5,
      input: { width: 6, max_frames: 4, dtype: 'uint8' },
      scores_frames: false,
    });
  });

  it('JSON gets the scores that the saved model gives, best first, with ids echoed', async () => {
    const [first, second, third] = clips.map(rows);
    const body = {
      clips: [{ id: 'a', frames: first }, { frames: second }, { id: '', frames: third }],
      top_k: 3,
    };
    const answer = await ask(body);
    expect(answer).toMatchObject({ model: 'small', version: '1' });
    expect(answer.clips.map(({ id }) => id)).toEqual(['a', null, '']);
    expect(predictionsOf(answer)).toEqual(expected(3));
  });

  it('top_k is 5 unless the body, or else the query, says otherwise; more than there are labels gives all', async () => {
    const body = { clips: clips.map((clip) => ({ frames: rows(clip) })) };
    expect(predictionsOf(await ask(body))).toEqual(expected(5));
    expect(predictionsOf(await ask(body, '?top_k=1'))).toEqual(expected(1));
    expect(predictionsOf(await ask({ ...body, top_k: 2 }, '?top_k=1'))).toEqual(expected(2));
    expect(predictionsOf(await ask({ ...body, top_k: 65_536 }))).toEqual(expected(5));
  });

  it('a label of the query that the model has not is refused, also where the body names labels', async () => {
    const { predictions } = (await ask({ clips: [{ frames: rows(clips[0]!) }] })).clips[0]!;
    const body = JSON.stringify({ clips: [{ frames: rows(clips[0]!) }], labels: [predictions[0]!.label] });
    const response = await fetch(`${infer.url}/predict?labels=none`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'REQUEST_INVALID', path: 'query.labels[0]' });
  });

  const file = encodeTfRecordFile(
    clips.map((frames, i) =>
      clipToSequenceExample(
        clipOf(smallShape, { id: `clip-${i}`, frameCount: frames.length / width, frames }),
      ),
    ),
  );
  it.each([
    ['plain', 'application/octet-stream', file],
    ['plain', 'application/x-tfrecord', file],
    ['compressed', 'application/octet-stream', gzipSync(file)],
    ['compressed', 'application/gzip', gzipSync(file)],
  ])('a TFRecord, %s as %s, gets the same scores, with the ids of its clips', async (_, type, body) => {
    const response = await fetch(`${infer.url}/predict?top_k=4`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array(body),
    });
    expect(response.status).toBe(200);
    const answer = (await response.json()) as Answer;
    expect(answer.clips.map(({ id }) => id)).toEqual(['clip-0', 'clip-1', 'clip-2']);
    expect(predictionsOf(answer)).toEqual(expected(4));
  });

  it('the answer tells version, times and request id, and how it may be used', async () => {
    const response = await fetch(`${infer.url}/predict`, {
      method: 'POST',
      headers: { ...json, 'x-request-id': 'mine' },
      body: JSON.stringify({ clips: [{ frames: rows(clips[0]!) }] }),
    });
    expect(response.headers.get('x-model-version')).toBe('1');
    expect(response.headers.get('x-request-id')).toBe('mine');
    expect(response.headers.get('server-timing')).toMatch(
      /^((load|parse|queue|score);dur=[\d.]+, )+total;dur=[\d.]+$/,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('a search reads the bucket that the model came from', async () => {
    const response = await fetch(`${infer.url}/search?label=Dog&top_k=1`);
    const answer = await response.json();
    expect(response.status, JSON.stringify(answer)).toBe(200);
    const probabilities = direct
      .predict(evalClips(20).map((clip) => clip.frames))
      .map((of) => ({ probability: of[2]! }));
    const [best] = probabilities.sort((a, b) => b.probability - a.probability);
    expect(answer).toMatchObject({ label: { name: 'Dog' }, model: { version: '1' }, clips: [best] });
  });

  it('main(params) of the bundle answers as the gateway does', async () => {
    const main = infer.loadMain();
    const body = { clips: clips.map((clip, i) => ({ id: `${i}`, frames: rows(clip) })), top_k: 2 };
    const result = await main({
      __ce_method: 'POST',
      __ce_path: '/predict',
      __ce_query: '',
      __ce_headers: { 'Content-Type': 'application/json' },
      __ce_body: Buffer.from(JSON.stringify(body)).toString('base64'),
    });
    expect(result.statusCode).toBe(200);
    expect(result.headers['content-type']).toBe('application/json');
    expect(result.body).toEqual(await ask(body));
    const unknown = await main({ __ce_method: 'constructor', __ce_path: '/healthz' });
    expect(unknown).toMatchObject({ statusCode: 405, headers: { allow: 'GET' } });
  });

  it('a new version is served without a failed request; a corrupt one after it is not served', async () => {
    const seen: string[] = [];
    const body = JSON.stringify({ clips: [{ frames: rows(clips[0]!) }] });
    let stop = false;
    const caller = async () => {
      while (!stop) {
        const response = await fetch(`${infer.url}/predict`, { method: 'POST', headers: json, body });
        const { version } = (await response.json()) as Answer;
        seen.push(`${response.status} ${version}`);
      }
    };
    const callers = Promise.all([caller(), caller(), caller()]);
    const last = () => seen.at(-1);
    await expect.poll(last).toBe('200 1');
    await publish(store, 'small', '2', smallModel(2));
    await expect.poll(last, { timeout: 5000 }).toBe('200 2');
    const damaged = withWeights(smallModel(3), (bytes) => bytes.map((byte) => byte ^ 4));
    await publish(store, 'small', '3', damaged);
    await expect.poll(() => infer.log.join(), { timeout: 5000 }).toContain('model-refresh-failed');
    await pause(100);
    stop = true;
    await callers;
    expect([...new Set(seen)].sort()).toEqual(['200 1', '200 2']);
    expect(last()).toBe('200 2');
  });
});

it('a store that refuses the credentials is a fault of the operator, not of the caller', async () => {
  const refused = await startInfer(local, { COS_SECRET_ACCESS_KEY: 'wrong' });
  try {
    const response = await fetch(`${refused.url}/healthz`);
    expect(response.status).toBe(500);
    const problem = await response.json();
    expect(problem).toMatchObject({ code: 'STORE_DENIED' });
    expect(JSON.stringify(problem)).not.toContain('wrong');
    expect(refused.log.join('\n')).toContain('"code":"STORE_DENIED"');
  } finally {
    await refused.stop();
  }
});
