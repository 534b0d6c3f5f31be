import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cosEventParams, cronEventParams } from '../../../infra/local/events/event-params.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Hint } from '../../../shared/events/cloud-event.ts';
import { type EventTools, eventFunction, objectHint } from '../../../shared/events/event-function.ts';
import {
  accessKeyId,
  bucket,
  secretAccessKey,
  startTemporaryStore,
  type TemporaryStore,
} from '../../fixtures/object-store/temporary-store.ts';

const written = cosEventParams(
  {
    operation: 'write',
    bucket,
    key: 'incoming/set/train/a.tfrecord',
    etag: 'e',
    size: 3,
    contentType: 'text/plain',
    requestId: 'r',
    time: new Date(),
  },
  'event-1',
);

let local: TemporaryStore;
let lines: string[];

beforeAll(async () => {
  local = await startTemporaryStore();
});
afterAll(() => local.remove());
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  vi.stubEnv('COS_ENDPOINT', local.server.url);
  vi.stubEnv('COS_BUCKET', bucket);
  vi.stubEnv('COS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('COS_SECRET_ACCESS_KEY', secretAccessKey);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('an event function', () => {
  it('works on the store by the hint, answers 200 with the outcome, and logs both', async () => {
    const main = eventFunction('test', async (hint, { store }) => {
      await store.put('written-by-handler', Buffer.from('x'));
      return { outcome: 'done', key: objectHint(hint).key };
    });
    const answer = await main(written);
    expect(answer).toMatchObject({
      statusCode: 200,
      body: { outcome: 'done', key: 'incoming/set/train/a.tfrecord' },
    });
    expect(local.notices.at(-1)).toMatchObject({ operation: 'write', key: 'written-by-handler' });
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      level: 'info',
      event: 'test',
      key: 'incoming/set/train/a.tfrecord',
      outcome: 'done',
    });
  });

  it('opens the store once for all its invocations, and again only when that failed', async () => {
    const seen = new Set<EventTools>();
    const main = eventFunction('test', async (_hint, tools) => {
      seen.add(tools);
      return {};
    });
    vi.stubEnv('COS_BUCKET', 'no-such-bucket');
    expect((await main(written)).statusCode).toBe(500);
    vi.stubEnv('COS_BUCKET', bucket);
    const answers = await Promise.all([main(written), main(written), main(written)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(seen.size).toBe(1);
  });

  it('refuses an event that is none, without looking at the store', async () => {
    let called = 0;
    const main = eventFunction('test', async () => ({ called: ++called }));
    const { __ce_headers: headers = {}, ...rest } = written;
    const answer = await main({ ...rest, __ce_headers: { ...headers, 'Ce-Type': 'something.else' } });
    expect(answer).toMatchObject({
      statusCode: 422,
      body: { code: 'REQUEST_INVALID', path: 'ce-type', received: 'something.else' },
    });
    expect(called).toBe(0);
  });

  it.each([
    [new EarshotError('PIPELINE_NOT_SETTLED'), 503],
    [new EarshotError('CONDITIONAL_WRITE_LOST'), 500],
    [new EarshotError('DATASET_CONFIG_INVALID'), 400],
    [new TypeError('x is not a function'), 500],
  ])('answers %s with %i: 5xx when another delivery can help, else 4xx', async (error, status) => {
    const main = eventFunction('test', () => Promise.reject(error));
    const answer = await main(written);
    expect(answer.statusCode).toBe(status);
    expect(JSON.stringify(answer.body)).not.toMatch(/\\n +at |\.ts:/);
  });

  it('for objects refuses the clock', async () => {
    const main = eventFunction('test', async (hint: Hint) => ({ key: objectHint(hint).key }));
    expect(await main(cronEventParams('sweep', new Date()))).toMatchObject({
      statusCode: 422,
      body: { path: 'ce-type', received: 'an event of the clock' },
    });
  });
});
