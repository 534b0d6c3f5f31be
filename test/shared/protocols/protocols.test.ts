import { beforeAll, describe, expect, it } from 'vitest';
import { protocolClients, type Shape } from '../../fixtures/protocol-clients.ts';
import { smallLabels, smallModel, smallShape } from '../../fixtures/published-model.ts';
import { type Served, serve } from '../../fixtures/served.ts';
import { answerTo, problemOf, type Request } from '../../functions/infer/ask-main.ts';
import { byteClips } from '../model/small-models.ts';

const { width, maxFrames } = smallShape;
const shape: Shape = {
  ...{ model: 'small', width, maxFrames },
  labels: smallLabels.map(({ mid }) => mid),
  names: smallLabels.map(({ displayName }) => displayName),
};
const clips = byteClips([1, 4, 2, 3], width).map((frames, i) => ({ id: `clip-${i}`, frames }));
const [long] = byteClips([11], width, 7);
const rows = Array.from({ length: 11 }, (_, t) => [...long!.subarray(t * width, (t + 1) * width)]);
const flat = [...long!];

let served: Served;
beforeAll(async () => {
  served = await serve(smallModel(3, 'uint8', { head: 'single-attention', hidden: 9 }));
});

const asJson = (path: string, body: unknown, query = ''): Request => ({
  path,
  body: JSON.stringify(body),
  query,
});
const get = (path: string): Request => ({ path, method: 'GET' });

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, which the expectations name
async function ok(request: Request): Promise<any> {
  const { statusCode, answer } = await answerTo(served.main, request);
  expect(statusCode, JSON.stringify(answer)).toBe(200);
  return answer;
}

const direct = (frames: Uint8Array) => [...served.saved.predict([frames])[0]!];
const windowAt = (start: number) => direct(long!.subarray(start * width, (start + maxFrames) * width));

describe('through every protocol, the scores are those of the saved model', () => {
  it.each(protocolClients.map((client) => [client.name, client] as const))('%s', async (_, client) => {
    const expected = clips.map(({ frames }) => direct(frames));
    expect(new Set(expected.flat()).size).toBe(clips.length * shape.labels.length);
    expect(client.scores(await ok(client.request(clips, shape)), shape)).toEqual(expected);
  });

  it('bytes of frames as the body, of one clip or cut into several', async () => {
    const raw = { path: '/predict', type: 'application/x-uint8-frames', body: clips[1]!.frames };
    const one = await ok({ ...raw, query: 'top_k=1&id=mine' });
    expect(one.clips).toMatchObject([
      { id: 'mine', predictions: [{ probability: Math.max(...direct(raw.body)) }] },
    ]);
    const four = await ok({ ...raw, query: 'top_k=1&clip_frames=1' });
    expect(four.clips).toHaveLength(4);
    const last = Math.max(...direct(raw.body.subarray(3 * width)));
    expect(four.clips[3].predictions[0].probability).toBe(last);
  });
});

describe('a clip longer than the model takes is scored window by window', () => {
  const starts = [0, 2, 4, 6, 7];

  it('with the times of the windows; its own score is the largest of theirs', async () => {
    const {
      clips: [answer],
    } = await ok(asJson('/predict', { clips: [{ frames: rows }], top_k: 5 }));
    expect(answer.windows.map(({ start, end }: { start: number; end: number }) => [start, end])).toEqual(
      starts.map((start) => [start, start + maxFrames]),
    );
    for (const { label_id, probability } of answer.predictions) {
      const label = shape.labels.indexOf(label_id);
      expect(probability).toBe(Math.max(...starts.map((start) => windowAt(start)[label]!)));
    }
  });

  it('in the other protocols too', async () => {
    const largest = shape.labels.map((_, k) => Math.max(...starts.map((start) => windowAt(start)[k]!)));
    const predict = await ok(asJson('/v1/models/small:predict', { instances: [rows] }));
    expect(predict.predictions).toEqual([largest]);
    expect(predict.clips[0].windows[4]).toEqual({ start: 7, end: 11, predictions: windowAt(7) });
    const tensor = { name: 'embedding', shape: [11, width], datatype: 'UINT8', data: flat };
    const { outputs } = await ok(asJson('/v2/models/small/infer', { inputs: [tensor] }));
    expect(outputs.map(({ name, shape: of }: { name: string; shape: number[] }) => [name, of])).toEqual([
      ['probabilities', [1, 5]],
      ['window_probabilities', [5, 5]],
      ['window_clips', [5]],
      ['window_seconds', [5, 2]],
    ]);
    expect(outputs[0].data).toEqual(largest);
    expect(outputs[1].data.slice(20)).toEqual(windowAt(7));
    const max = await ok(asJson('/model/predict', { clips: [{ frames: rows }] }, 'start_time=7.9'));
    expect(max.predictions.map(({ probability }: { probability: number }) => probability)).toEqual(
      windowAt(7).toSorted((a, b) => b - a),
    );
  });

  it('at the hop that is asked for', async () => {
    const {
      clips: [answer],
    } = await ok(asJson('/predict', { clips: [{ frames: rows }], hop: 4 }));
    expect(answer.windows.map(({ start }: { start: number }) => start)).toEqual([0, 4, 7]);
  });
});

describe('options hold in every protocol', () => {
  const scores = () => direct(clips[1]!.frames);
  const named = (name: string) => scores()[shape.names.indexOf(name)]!;
  const embedding = () => rowsOf(clips[1]!.frames);
  const rowsOf = (frames: Uint8Array) =>
    Array.from({ length: frames.length / width }, (_, t) => [...frames.subarray(t * width, (t + 1) * width)]);
  const least = () => shape.names[scores().indexOf(Math.min(...scores()))]!;
  const tensor = () => ({ name: 'embedding', shape: [1, 4, width], datatype: 'INT64', data: [embedding()] });

  it('labels are taken out before top_k is counted: the least probable label is there when it is asked for', async () => {
    const only = { labels: [least()], top_k: 1 };
    const body = { clips: [{ frames: embedding() }] };
    const about = { label: least(), probability: named(least()) };
    expect((await ok(asJson('/predict', { ...body, ...only }))).clips[0].predictions).toMatchObject([about]);
    const filter = `filter=${encodeURIComponent(least().toUpperCase())}&top_k=1`;
    expect((await ok(asJson('/model/predict', body, filter))).predictions).toMatchObject([about]);
    const instances = [embedding()];
    expect(
      (await ok(asJson('/v1/models/small:predict', { instances, parameters: only }))).predictions,
    ).toMatchObject([{ classes: [least()], scores: [named(least())] }]);
    const examples = [{ embedding: embedding() }];
    expect((await ok(asJson('/v1/models/small:classify', { examples, parameters: only }))).result).toEqual([
      [[least(), named(least())]],
    ]);
    const infer = await ok(asJson('/v2/models/small/infer', { inputs: [tensor()], parameters: only }));
    expect(infer.outputs).toMatchObject([
      { name: 'scores', shape: [1, 1], data: [named(least())] },
      { name: 'labels', data: [least()] },
      { name: 'label_ids' },
    ]);
  });

  it('MAX filters by several names with commas between them, and by a name that has a comma itself', async () => {
    const body = { clips: [{ frames: embedding() }] };
    const labelsOf = async (filter: string) => {
      const { predictions } = await ok(
        asJson('/model/predict', body, `filter=${encodeURIComponent(filter)}`),
      );
      return predictions.map(({ label }: { label: string }) => label).toSorted();
    };
    expect(await labelsOf('Dog, Rain')).toEqual(['Dog', 'Rain']);
    expect(await labelsOf('Bell, struck')).toEqual(['Bell, struck']);
  });

  it('threshold keeps what is at least as probable', async () => {
    const threshold = scores().toSorted((a, b) => b - a)[2]!;
    const body = { clips: [{ frames: embedding() }], threshold };
    expect((await ok(asJson('/predict', body))).clips[0].predictions).toHaveLength(3);
    const { outputs } = await ok(
      asJson('/v2/models/small/infer', { inputs: [tensor(), lengths()] }, `threshold=${threshold}`),
    );
    expect(outputs[0].shape).toEqual([1, 3]);
  });
  const lengths = () => ({ name: 'lengths', shape: [1], datatype: 'INT32', data: [4] });

  it('return_frames gives the scores of each second, each by itself', async () => {
    const body = { clips: [{ frames: rows }], top_k: 5 };
    const {
      clips: [answer],
    } = await ok(asJson('/predict', body, 'return_frames=true'));
    expect(answer.frames).toHaveLength(11);
    expect(answer.frames[10]).toMatchObject({ start: 10, end: 11 });
    const second = direct(long!.subarray(10 * width));
    for (const { label_id, probability } of answer.frames[10].predictions) {
      expect(probability).toBeCloseTo(second[shape.labels.indexOf(label_id)]!, 6);
    }
    const infer = asJson('/v2/models/small/infer', {
      inputs: [tensor()],
      parameters: { return_frames: true },
    });
    expect((await ok(infer)).outputs[1]).toMatchObject({ name: 'frame_probabilities', shape: [4, 5] });
  });

  it('ids are echoed', async () => {
    const one = { id: 'a', frames: embedding() };
    expect((await ok(asJson('/model/predict', { clips: [one] }))).clips[0].id).toBe('a');
    const instances = [{ id: 'b', embedding: embedding() }];
    expect((await ok(asJson('/v1/models/small:predict', { instances }))).clips).toEqual([{ id: 'b' }]);
    expect((await ok(asJson('/v1/models/small:classify', { examples: instances }))).clips).toEqual([
      { id: 'b' },
    ]);
    expect((await ok(asJson('/v2/models/small/infer', { id: 'c', inputs: [tensor()] }))).id).toBe('c');
    expect(await ok(asJson('/v2/models/small/infer', { id: null, inputs: [tensor()] }))).not.toHaveProperty(
      'id',
    );
  });

  it("TensorFlow Serving's context holds what examples share, and nothing for one that has a null itself", async () => {
    const context = { embedding: embedding() };
    const classify = (examples: unknown) => asJson('/v1/models/small:classify', { context, examples });
    expect((await ok(classify([{}]))).result[0]).toHaveLength(5);
    expect(await problemOf(served.main, classify([{ embedding: null }]))).toMatchObject({
      path: 'examples[0].embedding',
      received: 'null',
    });
  });

  it("the Open Inference Protocol's outputs are those that are asked for, classification among them", async () => {
    const outputs = [
      { name: 'label_ids', parameters: { binary_data: false } },
      { name: 'probabilities', parameters: { classification: 2 } },
    ];
    const answer = await ok(asJson('/v2/models/small/infer', { inputs: [tensor()], outputs }));
    const [best] = scores().toSorted((a, b) => b - a);
    const index = scores().indexOf(best!);
    expect(answer.outputs[0].data[0]).toBe(shape.labels[index]);
    expect(answer.outputs[1]).toMatchObject({ shape: [1, 2], datatype: 'BYTES' });
    expect(answer.outputs[1].data[0]).toBe(`${best}:${index}:${shape.names[index]}`);
  });
});

describe('what is served is told as each protocol tells it', () => {
  it.each([
    ['/v1/models/small/versions/1', { model_version_status: [{ version: '1', state: 'AVAILABLE' }] }],
    ['/v1/models/small/labels/stable/metadata', { model_spec: { name: 'small', version: '1' } }],
    ['/v2', { name: 'earshot' }],
    ['/v2/health/live', { live: true }],
    ['/v2/health/ready', { ready: true }],
    ['/v2/models/small/versions/1', { versions: ['1'], inputs: [{ datatype: 'UINT8', shape: [-1, -1, 6] }] }],
    ['/v2/models/small/ready', { name: 'small', ready: true }],
    ['/model/labels', { count: 5 }],
    ['/model/metadata', { name: 'small', type: 'Audio Classification' }],
  ])('GET %s', async (path, about) => {
    expect(await ok(get(path))).toMatchObject(about);
  });

  it.each(['/v1/models/other', '/v1/models/small/versions/2', '/v2/models/small/versions/2/ready'])(
    'GET %s is not served',
    async (path) => {
      expect(await problemOf(served.main, get(path))).toMatchObject({
        status: 404,
        code: 'MODEL_NOT_SERVED',
      });
    },
  );

  it('a percent sign that encodes nothing is no path', async () => {
    expect(await problemOf(served.main, get('/v2/models/%E0%A4%A/ready'))).toMatchObject({
      code: 'ROUTE_NOT_FOUND',
    });
  });
});
