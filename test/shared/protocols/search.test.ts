import { beforeAll, describe, expect, it } from 'vitest';
import { modelKeys } from '../../../shared/dataset/keys.ts';
import { EvaluatedClips } from '../../../shared/search/evaluated-clips.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { evalClips, publishEvaluated } from '../../fixtures/evaluated-version.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { type StoreCall, watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { smallLabels, smallModel } from '../../fixtures/published-model.ts';
import { type Served, serve } from '../../fixtures/served.ts';
import { answerTo, problemOf } from '../../functions/infer/ask-main.ts';

const freshBucket = freshBuckets();
const ownClip = { ...evalClips(1)[0]!, id: 'dog/bark: 1 ü', start: Number.NaN, end: Number.NaN };
const clips = [...evalClips(60), ownClip];
const width = smallLabels.length;
let store: ObjectStore;
let scores: Float32Array;
let shards: readonly string[];
let served: Served;
let calls: StoreCall[];

beforeAll(async () => {
  const bucket = await freshBucket();
  store = watchedStore(bucket, (call) => void calls.push(call));
  calls = [];
  const published = await publishEvaluated(bucket, clips);
  ({ scores, shards } = published);
  served = await serve(published.files, new EvaluatedClips(store));
});

const get = (path: string, query = '') => ({ path, query, method: 'GET' });
// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, which the expectations name
async function ok(path: string, query = ''): Promise<any> {
  const { statusCode, headers, answer } = await answerTo(served.main, get(path, query));
  expect(statusCode, JSON.stringify(answer)).toBe(200);
  expect(headers['x-model-version'] ?? '1').toBe('1');
  return answer;
}

const labelJson = (index: number) => ({
  index,
  id: smallLabels[index]!.mid,
  name: smallLabels[index]!.displayName,
});
const storedClip = (row: number) => {
  const { id, start, end, labels } = clips[row]!;
  const link = `https://www.youtube.com/watch?v=${id}&t=${start}`;
  const isOwn = Number.isNaN(start);
  return {
    id,
    start_seconds: isOwn ? null : start,
    end_seconds: isOwn ? null : end,
    link: isOwn ? null : link,
    labels: labels.map(labelJson),
  };
};
const ranked = (of: number) =>
  clips
    .map((_, row) => ({ ...storedClip(row), probability: scores[row * width + of]! }))
    .sort((a, b) => b.probability - a.probability);

describe('GET /search', () => {
  it('gives the clips that have the label most, with where to hear them and what they really have', async () => {
    const expected = { model: { name: 'small', version: '1' }, evaluated: 61 };
    expect(await ok('/search', 'label=Dog')).toEqual({
      ...expected,
      label: labelJson(2),
      clips: ranked(2).slice(0, 20),
    });
    expect((await ok('/search', 'label=bell%2C+STRUCK&top_k=50')).clips).toEqual(ranked(4).slice(0, 50));
    expect((await ok('/search', 'label=/m/3&top_k=1')).clips).toEqual(ranked(3).slice(0, 1));
    expect(await ok('/search', 'label=0')).toMatchObject({ label: labelJson(0) });
  });

  it('answers an unknown label with the likes of it', async () => {
    expect(await problemOf(served.main, get('/search', 'label=Dogg'))).toMatchObject({
      status: 404,
      code: 'LABEL_NOT_FOUND',
      path: 'query.label',
      received: '"Dogg"',
      suggestions: ['Dog'],
      detail: expect.stringContaining('did you mean "Dog"?'),
    });
  });

  it.each(['', 'label=', 'label=Dog&top_k=0', 'label=Dog&top_k=51', 'label=Dog&label=Rain', 'labl=Dog'])(
    'refuses the query %j',
    async (query) => {
      expect(await problemOf(served.main, get('/search', query))).toMatchObject({
        status: 422,
        code: 'REQUEST_INVALID',
        path: expect.stringMatching(/^query\./),
      });
    },
  );
});

describe('what is read for it', () => {
  it('is nothing before the first search, of the index one label, of shards no frame, and nothing twice', async () => {
    calls = [];
    const evaluated = new EvaluatedClips(store);
    expect(calls).toEqual([]);
    const named = { name: 'small', version: '1' };
    await Promise.all([1, 2, 3].map(() => evaluated.search(named, 'Dog', 3, 'label')));
    const index = calls.filter(({ key }) => key === modelKeys('small').version('1').searchIndex);
    expect(index.map(({ range }) => range!.end - range!.start + 1)).toEqual([32, 8 + 8 * 50]);
    const columns = calls.filter(({ key }) => shards.includes(key));
    expect(columns.length).toBeLessThanOrEqual(3);
    expect(new Set(columns.map(({ key }) => key)).size).toBe(columns.length);
    for (const { range } of columns) expect(range).toBeDefined();
    const before = calls.length;
    await evaluated.search(named, 'dog', 3, 'label');
    expect(calls.length).toBe(before);
  });
});

describe('GET /clips', () => {
  it('lists clips of many labels, and no more than are asked for', async () => {
    const { clips: listed, model } = await ok('/clips', 'limit=5');
    expect(model).toEqual({ name: 'small', version: '1' });
    expect(listed).toHaveLength(5);
    const names = new Set(
      listed.flatMap((clip: { labels: { name: string }[] }) => clip.labels.map(({ name }) => name)),
    );
    expect(names.size).toBe(5);
    const all = (await ok('/clips', 'limit=500')).clips;
    const byId = (list: readonly { id: string }[]) => list.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(byId(all)).toEqual(byId(clips.map((_, row) => storedClip(row))));
    expect((await ok('/clips')).clips).toHaveLength(50);
  });

  it.each([3, 60])('gives a clip whose frames POST /predict takes as they are', async (row) => {
    const { id, frameCount, frames } = clips[row]!;
    const answer = await ok(`/clips/${encodeURIComponent(id)}`);
    expect(answer).toEqual({
      ...storedClip(row),
      model: { name: 'small', version: '1' },
      shape: [frameCount, 6],
      frames: { b64: Buffer.from(frames).toString('base64') },
    });
    const body = JSON.stringify({ clips: [{ id, frames: answer.frames }], top_k: 5 });
    const predicted = await answerTo(served.main, { body });
    const [clip] = predicted.answer['clips'] as { predictions: { label: string; probability: number }[] }[];
    for (const { label: name, probability } of clip!.predictions) {
      const index = smallLabels.findIndex(({ displayName }) => displayName === name);
      expect(probability).toBeCloseTo(scores[row * width + index]!, 6);
    }
  });

  it('has no clip that was not evaluated', async () => {
    expect(await problemOf(served.main, get('/clips/clip-99999A'))).toMatchObject({
      status: 404,
      code: 'CLIP_NOT_FOUND',
      path: 'path.id',
    });
  });

  it('gives frames of floats as lists', async () => {
    const bucket = await freshBucket();
    const floats = evalClips(3).map((clip) => ({
      ...clip,
      frames: Float32Array.from(clip.frames, (x) => x / 8),
    }));
    const { files } = await publishEvaluated(bucket, floats, 2, { files: smallModel(3, 'float32') });
    const { main } = await serve(files, new EvaluatedClips(bucket));
    const { answer } = await answerTo(main, get(`/clips/${floats[2]!.id}`));
    expect([answer['frames']].flat(3)).toEqual([...floats[2]!.frames]);
    expect(answer['shape']).toEqual([floats[2]!.frameCount, 6]);
  });
});

describe('without what a search needs', () => {
  it('a version of before says how to get an index; its clips are listed all the same', async () => {
    const bucket = await freshBucket();
    const { files } = await publishEvaluated(bucket, clips, 7, { withIndex: false });
    const { main } = await serve(files, new EvaluatedClips(bucket));
    const problem = await problemOf(main, get('/search', 'label=Dog'));
    expect(problem).toMatchObject({ status: 404, code: 'SEARCH_INDEX_MISSING' });
    expect(problem).toMatchObject({ remedy: expect.stringContaining('npx serverless train') });
    expect((await answerTo(main, get('/clips'))).statusCode).toBe(200);
  });

  it('a version whose clips were deleted says so', async () => {
    const bucket = await freshBucket();
    const { files, shards: own } = await publishEvaluated(bucket, clips, 100);
    await bucket.delete(own[0]!);
    const { main } = await serve(files, new EvaluatedClips(bucket));
    const { statusCode, answer } = await answerTo(main, get('/search', 'label=Dog'));
    expect([statusCode, answer['code'], answer['file']]).toEqual([404, 'EVALUATED_CLIPS_MISSING', own[0]]);
  });

  it('an index of other clips is not taken for its own', async () => {
    const bucket = await freshBucket();
    const { files } = await publishEvaluated(bucket, clips);
    const other = await freshBucket();
    await publishEvaluated(other, clips.slice(0, 9));
    const key = modelKeys('small').version('1').searchIndex;
    await bucket.put(key, (await other.get(key))!.bytes);
    const { main } = await serve(files, new EvaluatedClips(bucket));
    expect((await answerTo(main, get('/search', 'label=Dog'))).answer).toMatchObject({
      status: 500,
      code: 'SEARCH_INDEX_CORRUPT',
      expected: '61 clips and 5 labels',
      received: '9 clips and 5 labels',
    });
  });
});
