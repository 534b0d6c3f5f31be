import { beforeAll, describe, expect, it } from 'vitest';
import { readWav } from '../../../shared/audio/read-wav.ts';
import { vggishPatches } from '../../../shared/audio/vggish-patches.ts';
import type { SoundEncoder } from '../../../shared/inference/sound-clips.ts';
import { smallModel } from '../../fixtures/published-model.ts';
import { type Served, serve } from '../../fixtures/served.ts';
import { smallEncoder } from '../../fixtures/vggish.ts';
import { wavOf } from '../../fixtures/wav.ts';
import { answerTo, problemOf, type Request } from '../../functions/infer/ask-main.ts';

/** Six patches: 6 x 0.96 s and a little. */
const values = Float32Array.from({ length: 93_000 }, (_, i) => Math.sin(i * i * 1e-6) * Math.sin(i / 9000));
const wav = wavOf(values);
const seconds = (count: number) => wavOf(new Float32Array(8000 * count), { sampleRate: 8000, bits: 8 });
const model = () => smallModel(3, 'uint8', { head: 'single-attention', hidden: 9 });

let served: Served;
let encoder: SoundEncoder;
beforeAll(async () => {
  encoder = await smallEncoder();
  served = await serve(model(), undefined, {}, async () => encoder);
});

const sound = (request: Partial<Request> = {}): Request => ({ body: wav, type: 'audio/wav', ...request });

/** The request that a browser, curl or requests makes of a form. */
async function form(
  fields: Readonly<Record<string, string | Uint8Array>>,
  path = '/model/predict',
): Promise<Request> {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([value as Uint8Array<ArrayBuffer>]), 'sound.wav');
  }
  const request = new Response(data);
  const type = request.headers.get('content-type')!;
  return { path, type, body: new Uint8Array(await request.arrayBuffer()) };
}

/** The bytes that the sound becomes, asked about as embeddings. */
async function asFrames(path: string, query = '', first = 0) {
  const bytes = await encoder.encode(vggishPatches(readWav(wav)));
  const body = bytes.subarray(first * encoder.width);
  return answerTo(served.main, { path, query, body, type: 'application/x-uint8-frames' });
}

describe('a sound is answered as its embeddings are', () => {
  it.each([
    '/predict',
    '/model/predict',
    '/v1/models/small:predict',
    '/v1/models/small:classify',
    '/v2/models/small/infer',
  ])('%s', async (path) => {
    const { statusCode, answer } = await answerTo(served.main, sound({ path }));
    expect(statusCode, JSON.stringify(answer)).toBe(200);
    const { answer: wanted } = await asFrames(path);
    const untimed = (json: object) =>
      JSON.parse(JSON.stringify(json), (key, value) => (key === 'start' || key === 'end' ? 0 : value));
    expect(untimed(answer)).toEqual(untimed(wanted));
  });

  it('with times in steps of 0.96 seconds', async () => {
    const { answer } = await answerTo(served.main, sound({ query: 'return_frames=true&hop=1&id=a.wav' }));
    const [clip] = (answer as { clips: { id: string; windows: Timed[]; frames: Timed[] }[] }).clips;
    const times = (spans: Timed[]) => spans.map(({ start, end }) => [start, end]);
    expect(clip!.id).toBe('a.wav');
    expect(times(clip!.windows)).toEqual([
      [0, 3.84],
      [0.96, 4.8],
      [1.92, 5.76],
    ]);
    expect(times(clip!.frames)).toEqual([
      [0, 0.96],
      [0.96, 1.92],
      [1.92, 2.88],
      [2.88, 3.84],
      [3.84, 4.8],
      [4.8, 5.76],
    ]);
  });

  it('in a form as MAX-Audio-Classifier takes it, whose other fields are as in the query', async () => {
    const whole = await answerTo(served.main, await form({ audio: wav }));
    expect(whole.answer['predictions']).toEqual((await asFrames('/model/predict')).answer['predictions']);
    // The third second is in the third patch.
    const late = await answerTo(
      served.main,
      await form({ audio: wav, start_time: '2.1', filter: 'Dog,Rain' }),
    );
    const { answer: wanted } = await asFrames('/model/predict', 'filter=Dog,Rain', 2);
    expect(late.answer['predictions']).toEqual(wanted['predictions']);
    expect(late.answer['predictions']).toHaveLength(2);
  });
});

interface Timed {
  readonly start: number;
  readonly end: number;
}

describe('a sound that cannot be heard', () => {
  it.each([
    ['no WAV', sound({ body: 'ID3' }), 400, { code: 'WAV_MALFORMED', path: 'riff.id', received: '"ID3"' }],
    [
      'none in a form',
      form({ other: 'x' }),
      422,
      { code: 'REQUEST_INVALID', path: 'form.audio', received: '0 fields' },
    ],
    ['text in its place', form({ audio: 'x' }), 422, { code: 'REQUEST_INVALID', path: 'form.audio' }],
    ['two files', form({ audio: wav, more: wav }), 422, { path: 'form.more', received: '"sound.wav"' }],
    ['an unknown field', form({ audio: wav, nothing: '1' }), 422, { path: 'query.nothing' }],
    [
      'a broken form',
      sound({ type: 'multipart/form-data; boundary=x', body: 'y' }),
      400,
      { code: 'BODY_MALFORMED' },
    ],
    ['a form without a boundary', sound({ type: 'multipart/form-data' }), 400, { code: 'BODY_MALFORMED' }],
    ['one too long', sound({ body: seconds(121) }), 413, { code: 'AUDIO_TOO_LONG', received: '121 s' }],
    [
      'one too short',
      sound({ body: seconds(0.9) }),
      422,
      { code: 'AUDIO_TOO_SHORT', received: '0.9 s', expected: 'at least 0.975 s' },
    ],
    [
      'a start behind its end',
      sound({ path: '/model/predict', query: 'start_time=5.8' }),
      422,
      { path: 'query.start_time' },
    ],
    [
      'another type',
      sound({ type: 'audio/mpeg' }),
      415,
      { expected: expect.stringContaining('audio/wav, multipart/form-data') },
    ],
  ])('%s', async (_, request, status, problem) => {
    const asked = await request;
    expect(await problemOf(served.main, asked)).toMatchObject(problem);
    expect((await answerTo(served.main, asked)).statusCode).toBe(status);
  });

  it('is answered 501 with what to put where, while VGGish is not in the bucket', async () => {
    const { main } = await serve(model());
    for (const request of [sound(), await form({ audio: wav })]) {
      const { statusCode, answer } = await answerTo(main, request);
      expect(statusCode).toBe(501);
      expect(answer).toMatchObject({
        code: 'AUDIO_NOT_SERVED',
        file: 'vggish/vggish.safetensors',
        remedy: expect.stringMatching(/put it into the bucket.*docs\/audio\.md/),
      });
    }
  });

  it('is answered 501 by a model of other embeddings', async () => {
    const { main } = await serve(smallModel(1, 'float32'), undefined, {}, async () => encoder);
    const { statusCode, answer } = await answerTo(main, sound());
    expect(statusCode).toBe(501);
    expect(answer).toMatchObject({ code: 'AUDIO_NOT_SERVED', path: 'model', received: '6 float32 values' });
  });
});
