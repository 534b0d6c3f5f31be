import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeEngineMain } from '../../../shared/http/code-engine-function.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { encodeTfRecordFile } from '../../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import { clipOf } from '../../fixtures/clips.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { publish, smallModel, smallShape } from '../../fixtures/published-model.ts';
import { answerTo, problemOf, type Request, tfRecordType } from './ask-main.ts';
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
const withFrames = (frames: unknown) => asJson({ clips: [{ frames: [frame] }, { frames }] });
const withValue = (value: string) => ({ body: `{"clips": [{"frames": [[0, 1, ${value}, 3, 4, 5]]}]}` });

describe('what is wrong with JSON is named by its path', () => {
  it.each<[string, Request, string, string, string]>([
    ['nothing', {}, 'BODY_MALFORMED', 'undefined', 'nothing'],
    ['no JSON', { body: '{"clips": [' }, 'BODY_MALFORMED', 'undefined', 'JSON'],
    ['NaN', { body: '{"clips": NaN}' }, 'BODY_MALFORMED', 'undefined', 'JSON'],
    [
      'bytes that are no UTF-8',
      { body: Buffer.from([0x22, 0xff, 0x22]) },
      'BODY_MALFORMED',
      'undefined',
      'valid',
    ],
    ['a list', asJson([]), 'REQUEST_INVALID', '(the whole document)', '[]'],
    ['null', asJson(null), 'REQUEST_INVALID', '(the whole document)', 'null'],
    ['no clips', asJson({}), 'REQUEST_INVALID', 'clips', 'nothing'],
    ['an empty list of clips', asJson({ clips: [] }), 'REQUEST_INVALID', 'clips', '[]'],
    ['10,001 clips', asJson({ clips: Array(10_001).fill(0) }), 'REQUEST_INVALID', 'clips', '[0,0'],
    ['a clip that is none', asJson({ clips: [valid.clips[0], 7] }), 'REQUEST_INVALID', 'clips[1]', '7'],
    ['a clip without frames', asJson({ clips: [{}] }), 'REQUEST_INVALID', 'clips[0].frames', 'nothing'],
    ['frames that are no list', withFrames('x'), 'REQUEST_INVALID', 'clips[1].frames', '"x"'],
    ['no frame', withFrames([]), 'REQUEST_INVALID', 'clips[1].frames', '0'],
    ['too many windows', withFrames(Array(20_010).fill(frame)), 'REQUEST_INVALID', 'clips', '10005'],
    ['a frame that is none', withFrames([frame, 3]), 'REQUEST_INVALID', 'clips[1].frames[1]', '3'],
    ['an empty frame', withFrames([frame, []]), 'REQUEST_INVALID', 'clips[1].frames[1]', '0'],
    ['a frame that is too short', withFrames([[1, 2]]), 'REQUEST_INVALID', 'clips[1].frames[0]', '2'],
    ['a frame that is too long', withFrames([[...frame, 1]]), 'REQUEST_INVALID', 'clips[1].frames[0]', '7'],
    ['256', withValue('256'), 'REQUEST_INVALID', 'clips[0].frames[0][2]', '256'],
    ['-1', withValue('-1'), 'REQUEST_INVALID', 'clips[0].frames[0][2]', '-1'],
    ['1.5', withValue('1.5'), 'REQUEST_INVALID', 'clips[0].frames[0][2]', '1.5'],
    ['nearly 255', withValue('254.99999999'), 'REQUEST_INVALID', 'clips[0].frames[0][2]', '254.99999999'],
    ['1e999', withValue('1e999'), 'REQUEST_INVALID', 'clips[0].frames[0][2]', 'Infinity'],
    ['a string', withValue('"1"'), 'REQUEST_INVALID', 'clips[0].frames[0][2]', '"1"'],
    ['"NaN"', withValue('"NaN"'), 'REQUEST_INVALID', 'clips[0].frames[0][2]', '"NaN"'],
    ['null', withValue('null'), 'REQUEST_INVALID', 'clips[0].frames[0][2]', 'null'],
    ['a list', withValue('[1]'), 'REQUEST_INVALID', 'clips[0].frames[0][2]', '[1]'],
    ['an unknown property', asJson({ ...valid, topk: 1 }), 'REQUEST_INVALID', 'topk', '1'],
    [
      'an unknown property of a clip',
      asJson({ clips: [{ frames: [frame], label: 'x' }] }),
      'REQUEST_INVALID',
      'clips[0].label',
      '"x"',
    ],
    [
      'an id that is a number',
      asJson({ clips: [{ id: 1, frames: [frame] }] }),
      'REQUEST_INVALID',
      'clips[0].id',
      '1',
    ],
    ['a top_k of 0', asJson({ ...valid, top_k: 0 }), 'REQUEST_INVALID', 'top_k', '0'],
    ['a top_k of 1.5', asJson({ ...valid, top_k: 1.5 }), 'REQUEST_INVALID', 'top_k', '1.5'],
    ['a top_k of "5"', asJson({ ...valid, top_k: '5' }), 'REQUEST_INVALID', 'top_k', '"5"'],
    ['a top_k of 1e9', asJson({ ...valid, top_k: 1e9 }), 'REQUEST_INVALID', 'top_k', '1000000000'],
    [
      'an empty top_k in the query',
      { ...asJson(valid), query: 'top_k=' },
      'REQUEST_INVALID',
      'query.top_k',
      '""',
    ],
    [
      'a word in the query',
      { ...asJson(valid), query: 'top_k=all' },
      'REQUEST_INVALID',
      'query.top_k',
      '"all"',
    ],
    [
      'something unknown in the query',
      { ...asJson(valid), query: 'topk=1' },
      'REQUEST_INVALID',
      'query.topk',
      '1',
    ],
  ])('%s', async (_, request, code, path, received) => {
    const problem = await problemOf(main, request);
    expect(problem['code']).toBe(code);
    expect(String(problem['path'])).toBe(path);
    expect(problem['received']).toContain(received);
  });

  it.each([
    ['a million strings for numbers', `{"clips":[{"frames":[[${Array(1_200_000).fill('""').join()}]]}]}`],
    ['a million clips', `{"clips":[${Array(900_000).fill('null').join()}]}`],
    ['a million frames', `{"clips":[{"frames":[${Array(1_200_000).fill('[]').join()}]}]}`],
    [
      'hundreds of thousands of unknown properties',
      JSON.stringify(Object.fromEntries(Array.from({ length: 3e5 }, (_, i) => [`k${i}`, 1]))),
    ],
    ['one name of 4 MB', `{"${'k'.repeat(4e6)}": 1}`],
    ['lists nested very deeply', `${'['.repeat(2e6)}${']'.repeat(2e6)}`],
    ['objects nested very deeply', `{"clips":${'{"a":'.repeat(5e5)}1${'}'.repeat(5e5)}}`],
    [
      'lists nested very deeply for a number',
      `{"clips":[{"frames":[[${'['.repeat(2e6)}${']'.repeat(2e6)},1,2,3,4,5]]}]}`,
    ],
  ])('%s: a short answer, soon', async (_, body) => {
    const began = performance.now();
    expect((await problemOf(main, { body }))['code']).toMatch(/REQUEST_INVALID|BODY_MALFORMED/);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

const clips = [clipOf(smallShape, { id: 'one' }), clipOf(smallShape, { id: 'two', frameCount: 2 })];
const file = encodeTfRecordFile(clips.map(clipToSequenceExample));
const fileOf = (...some: Parameters<typeof clipToSequenceExample>[0][]) =>
  encodeTfRecordFile(some.map(clipToSequenceExample));

describe('what is wrong with a TFRecord is named by record and offset', () => {
  const secondAt = encodeTfRecordFile([clipToSequenceExample(clips[0]!)]).length;
  it.each<[string, Uint8Array, string, Record<string, unknown>]>([
    ['nothing', new Uint8Array(0), 'FILE_EMPTY', {}],
    ['compressed nothing', gzipSync(''), 'FILE_EMPTY', {}],
    ['text', Buffer.from('x'.repeat(100)), 'TFRECORD_LENGTH_CRC_MISMATCH', { record: 0, offset: 0 }],
    [
      'half a record',
      file.subarray(0, file.length - 5),
      'TFRECORD_TRUNCATED',
      { record: 1, offset: secondAt },
    ],
    ['a stream without its end', gzipSync(file).subarray(0, -4), 'COMPRESSION_DAMAGED', {}],
    [
      'wider frames',
      fileOf(clips[0]!, clipOf({ ...smallShape, width: 8 }, { id: 'wide' })),
      'EMBEDDING_WRONG_WIDTH',
      { record: 1, offset: secondAt, path: 'audio_embedding' },
    ],
    [
      'floats',
      fileOf(clipOf({ ...smallShape, dtype: 'float32' })),
      'FEATURE_WRONG_KIND',
      { record: 0, path: 'audio_embedding' },
    ],
    [
      'the same clip twice',
      fileOf(clips[0]!, clips[0]!),
      'DUPLICATE_CLIP_IN_FILE',
      { record: 1, path: 'video_id' },
    ],
    ['a compressed 100 MB', gzipSync(Buffer.alloc(1e8)), 'TFRECORD_LENGTH_CRC_MISMATCH', { record: 0 }],
  ])('%s', async (_, body, code, where) => {
    const problem = await problemOf(main, { body, type: tfRecordType });
    expect(problem).toMatchObject({ code, file: 'request body', ...where });
    // Nothing of a request is kept; what a remedy says of that is said of uploads.
    if (/\bkept\b/.test(String(problem['remedy']))) {
      expect(problem['remedy']).toMatch(/Of an upload, .* kept; a request is refused whole\./);
    }
  });

  it('10,001 clips', async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => clipOf(smallShape, { id: `${i}`, frameCount: 1 }));
    const body = gzipSync(fileOf(...many));
    expect(await problemOf(main, { body, type: tfRecordType })).toMatchObject({
      code: 'REQUEST_INVALID',
      path: 'clips',
    });
  });
});

describe('what is wrong with the request itself', () => {
  it.each<[number, Request, Record<string, unknown>]>([
    [
      415,
      { type: 'text/plain' },
      { code: 'BODY_UNSUPPORTED_TYPE', path: 'content-type', received: 'text/plain' },
    ],
    [415, { type: '' }, { code: 'BODY_UNSUPPORTED_TYPE', path: 'content-type' }],
    [415, { type: 'application/jsonp' }, { code: 'BODY_UNSUPPORTED_TYPE' }],
    [415, { type: 'image/png' }, { code: 'BODY_UNSUPPORTED_TYPE' }],
    [
      413,
      { body: Buffer.alloc(5 * 1024 * 1024 + 1) },
      { code: 'BODY_TOO_LARGE', received: '5242881 bytes', limit: 5_242_880, size: 5_242_881 },
    ],
    [404, { path: '/predictions' }, { code: 'ROUTE_NOT_FOUND', path: '/predictions' }],
    [404, { path: '/predict/' }, { code: 'ROUTE_NOT_FOUND' }],
    [404, { path: '//' }, { code: 'ROUTE_NOT_FOUND' }],
    [404, { path: '__proto__' }, { code: 'ROUTE_NOT_FOUND' }],
  ])('%d for %j', async (status, request, about) => {
    expect(await problemOf(main, request)).toMatchObject({ status, ...about });
  });

  it.each([
    ['GET', '/predict', 'POST'],
    ['PUT', '/predict', 'POST'],
    ['POST', '/healthz', 'GET'],
    ['DELETE', '/healthz', 'GET'],
    ['toString', '/healthz', 'GET'],
  ])('405 for %s %s, with Allow', async (method, path, allow) => {
    const { statusCode, headers, answer } = await answerTo(main, { method, path });
    expect([statusCode, headers['allow'], answer['code']]).toEqual([405, allow, 'METHOD_NOT_ALLOWED']);
  });

  it('an answer that would be too large is refused before it is sent', async () => {
    const clipsOf = Array.from({ length: 10_000 }, () => ({ id: 'x'.repeat(250), frames: [frame] }));
    const problem = await problemOf(main, asJson({ clips: clipsOf, top_k: 5 }));
    expect(problem).toMatchObject({ status: 422, code: 'REQUEST_INVALID', path: 'top_k' });
    expect(problem['received']).toMatch(/^\d{7} bytes for a top_k of 5$/);
  });
});
