import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeEngineMain } from '../../../shared/http/code-engine-function.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { encodeTfRecordFile } from '../../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import { clipOf } from '../../fixtures/clips.ts';
import { anyDamage, applyDamage } from '../../fixtures/damage.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { publish, smallModel, smallShape } from '../../fixtures/published-model.ts';
import { answerTo, jsonType, problemOf, type Request, tfRecordType } from './ask-main.ts';
import { type RunningInfer, startInfer } from './running-infer.ts';

let local: TemporaryStore;
let infer: RunningInfer;
let main: CodeEngineMain;

beforeAll(async () => {
  local = await startTemporaryStore();
  await publish(openCosObjectStore(local.settings), 'small', '1', smallModel(1));
  infer = await startInfer(local, { EARSHOT_REFRESH_SECONDS: '60' });
  main = infer.loadMain();
});
afterAll(async () => {
  await infer.stop();
  await local.remove();
});

const frame = [0, 1, 2, 3, 254, 255];
const valid = { clips: [{ id: 'a', frames: [frame, frame] }, { frames: [frame] }], top_k: 2 };
const asJson = (body: unknown) => ({ body: JSON.stringify(body) });

const clips = [clipOf(smallShape, { id: 'one' }), clipOf(smallShape, { id: 'two', frameCount: 2 })];
const file = encodeTfRecordFile(clips.map(clipToSequenceExample));

describe('whatever is sent, the answer is a problem document or a prediction', () => {
  const expectAnswer = async (request: Request) => {
    const { statusCode } = await answerTo(main, request);
    if (statusCode !== 200) await problemOf(main, request);
    return statusCode;
  };
  const anyType = fc.constantFrom(
    jsonType,
    tfRecordType,
    'application/gzip',
    'application/vnd.x+json',
    'text/csv',
  );

  it('any bytes of any type', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), anyType, fc.string(), async (body, type, query) => {
        expect(await expectAnswer({ body, type, query })).not.toBe(200);
      }),
      { numRuns: 200 },
    );
  });

  it('any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (body) => {
        expect(await expectAnswer({ body })).not.toBe(200);
      }),
      { numRuns: 200 },
    );
  });

  it('any path and method', async () => {
    const anyMethod = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'constructor');
    await fc.assert(
      // There the page is.
      fc.asyncProperty(
        fc.string().filter((path) => !['', '/'].includes(path)),
        anyMethod,
        async (path, method) => {
          expect(await expectAnswer({ path, method })).not.toBe(200);
        },
      ),
    );
  });

  it('a valid request in which one value became another is refused at that value, or still valid', async () => {
    const places: readonly (readonly (string | number)[])[] = [
      ['clips'],
      ['top_k'],
      ['clips', 0],
      ['clips', 0, 'id'],
      ['clips', 1, 'frames'],
      ['clips', 0, 'frames', 1],
      ['clips', 0, 'frames', 1, 3],
    ];
    const anyValue = fc.oneof(fc.jsonValue(), fc.double(), fc.integer(), fc.constant(undefined));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), anyValue, async (place, value) => {
        const body = JSON.parse(JSON.stringify(valid)) as unknown;
        const parent = place
          .slice(0, -1)
          .reduce((inner, key) => (inner as Record<string, unknown>)[key]!, body);
        (parent as Record<string, unknown>)[place.at(-1)!] = value;
        const request = asJson(body);
        if ((await answerTo(main, request)).statusCode === 200) return;
        const problem = await problemOf(main, request);
        const text = place
          .map((key, i) => (typeof key === 'number' ? `[${key}]` : i ? `.${key}` : key))
          .join('');
        expect(problem).toMatchObject({ status: 422, code: 'REQUEST_INVALID' });
        expect(String(problem['path']).slice(0, text.length)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('a TFRecord with any damage', async () => {
    await fc.assert(
      fc.asyncProperty(anyDamage, fc.boolean(), async (damage, packed) => {
        const body = applyDamage(packed ? gzipSync(file) : file, damage).bytes;
        await expectAnswer({ body, type: tfRecordType });
      }),
      { numRuns: 300 },
    );
  });
});

describe('a model of floats', () => {
  let floats: RunningInfer;
  beforeAll(async () => {
    await publish(openCosObjectStore(local.settings), 'floats', '1', smallModel(1, 'float32'));
    floats = await startInfer(local, { EARSHOT_MODEL: 'floats' });
  });
  afterAll(() => floats.stop());

  const predict = async (value: string) => {
    const body = `{"clips": [{"frames": [[0.5, -1, ${value}, 3, 4, 5]]}]}`;
    const headers = { 'content-type': jsonType };
    const response = await fetch(`${floats.url}/predict`, { method: 'POST', headers, body });
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  };

  it('takes any number that float32 can hold', async () => {
    for (const value of ['-1.5', '256', '1e-50', '3e37']) expect((await predict(value)).status).toBe(200);
  });

  it.each(['1e39', '-1e999', '"1"', 'null'])('refuses %s', async (value) => {
    expect(await predict(value)).toMatchObject({
      status: 422,
      answer: { code: 'REQUEST_INVALID', path: 'clips[0].frames[0][2]', expected: 'a finite float32 number' },
    });
  });
});
