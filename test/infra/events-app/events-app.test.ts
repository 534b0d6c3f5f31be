import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cosEventParams, cronEventParams } from '../../../infra/local/events/event-params.ts';
import type { CodeEngineParams } from '../../../shared/http/code-engine-function.ts';
import {
  type AppFunction,
  eventRequest,
  loggedLines,
  notice,
  requestOf,
  runningApp,
  secret,
} from './running-app.ts';

/** The machine may be busy. */
const slowly = { timeout: 20_000 };
const calls: CodeEngineParams[] = [];
let lines: Record<string, unknown>[] = [];
let close: () => Promise<unknown> = async () => {};

const done: AppFunction = {
  main: async (params) => {
    calls.push(params);
    const headers = { 'content-type': 'application/json' };
    return { statusCode: 200, headers, body: { outcome: 'validated' } };
  },
};

beforeEach(() => {
  lines = loggedLines();
});
afterEach(async () => {
  await close();
  calls.length = 0;
  vi.restoreAllMocks();
});

async function start(functions: Readonly<Record<string, AppFunction>>): Promise<string> {
  const { app, url } = await runningApp(functions);
  close = () => app.stop(0);
  return url;
}

async function answerOf(url: string, request: RequestInit) {
  const response = await fetch(url, request);
  const body = (await response.json()) as { code?: string; path?: string };
  return { status: response.status, code: body.code, path: body.path, body };
}

/** Events that validate works on. */
async function runningAt(url: string): Promise<number | undefined> {
  const health = (await (await fetch(`${url}/healthz`)).json()) as { running: Record<string, number> };
  return health.running['validate'];
}

describe('an event of the object store', () => {
  it('calls the function as the local platform does, and is answered when that is done', async () => {
    const url = await start({ validate: done });
    const { status, body } = await answerOf(
      `${url}/events/validate`,
      eventRequest({}, { 'x-request-id': 'r1' }),
    );
    expect([status, body]).toEqual([200, { outcome: 'validated' }]);
    const locally = cosEventParams(notice, 'event-1');
    expect(calls).toHaveLength(1);
    const { __ce_headers: headers, ...rest } = calls[0]!;
    const { __ce_headers: localHeaders, ...localRest } = locally;
    expect(rest).toEqual(localRest);
    expect(headers).toMatchObject(localHeaders!);
    expect(JSON.stringify(calls)).not.toContain(secret);
  });

  it('is a line of the log with its id, key, time and outcome, and without the secret', async () => {
    const url = await start({ validate: done });
    await answerOf(`${url}/events/validate`, eventRequest({}, { 'x-request-id': 'r1' }));
    expect(lines.filter(({ event }) => event === 'event')).toEqual([
      {
        time: expect.any(String),
        level: 'info',
        event: 'event',
        function: 'validate',
        id: 'event-1',
        key: 'in/Notes.rtf',
        operation: 'write',
        ms: expect.any(Number),
        outcome: 'done',
        status: 200,
        requestId: 'r1',
      },
    ]);
    await answerOf(`${url}/events/validate`, eventRequest({}, { 'ce-earshotsecret': `${secret}x` }));
    expect(lines.at(-1)).toMatchObject({
      level: 'warning',
      outcome: 'refused',
      code: 'EVENT_REFUSED',
      id: null,
    });
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it.each([
    [
      'no secret',
      eventRequest({}, { 'ce-earshotsecret': undefined }),
      403,
      'EVENT_REFUSED',
      'ce-earshotsecret',
    ],
    [
      'another secret',
      eventRequest({}, { 'ce-earshotsecret': 'x' }),
      403,
      'EVENT_REFUSED',
      'ce-earshotsecret',
    ],
    ['another bucket', eventRequest({ bucket: 'other' }), 422, 'EVENT_MISDIRECTED', 'bucket'],
    ['a key that nobody asked for', eventRequest({ key: 'out/a' }), 422, 'EVENT_MISDIRECTED', 'key'],
    [
      'an operation that nobody asked for',
      eventRequest({ operation: 'delete' }),
      422,
      'EVENT_MISDIRECTED',
      'key',
    ],
    ['a tick of the clock', requestOf(cronEventParams('f', new Date())), 422, 'EVENT_MISDIRECTED', 'ce-type'],
    ['an unknown type', eventRequest({}, { 'ce-type': 'other' }), 422, 'REQUEST_INVALID', 'ce-type'],
    ['no id', eventRequest({}, { 'Ce-Id': undefined }), 422, 'REQUEST_INVALID', 'ce-id'],
    ['no JSON', { ...eventRequest(), body: 'x' }, 422, 'REQUEST_INVALID', 'body'],
    [
      'much more than an event',
      { ...eventRequest(), body: 'x'.repeat(70_000) },
      413,
      'BODY_TOO_LARGE',
      undefined,
    ],
    ['another method', { ...eventRequest(), method: 'PUT' }, 405, 'METHOD_NOT_ALLOWED', '/events/validate'],
  ])('is refused with a code: %s', async (_, request, status, code, path) => {
    const url = await start({ validate: done });
    expect(await answerOf(`${url}/events/validate`, request)).toMatchObject({ status, code, path });
    expect(calls).toEqual([]);
    expect((await answerOf(`${url}/events/validate`, eventRequest())).status).toBe(200);
  });

  it('finds nothing at another path', async () => {
    const url = await start({ validate: done });
    const answer = await answerOf(`${url}/events/shard`, eventRequest());
    expect(answer).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
  });

  it.each([
    ['cannot be helped', async () => ({ statusCode: 422, headers: {}, body: '{}' }), 422, 'refused'],
    ['may be helped', async () => ({ statusCode: 503, headers: {}, body: '{}' }), 503, 'failed'],
  ])('is answered as the function ends: %s', async (_, main, status, outcome) => {
    const url = await start({ validate: { main } });
    const response = await fetch(`${url}/events/validate`, eventRequest());
    expect(response.status).toBe(status);
    expect(lines.at(-1)).toMatchObject({ outcome, status });
  });

  it('may come again when the function throws or cannot be loaded', async () => {
    const main = async () => {
      throw new Error('out of paper');
    };
    const url = await start({ validate: { main } });
    const answer = await answerOf(`${url}/events/validate`, eventRequest());
    expect(answer).toMatchObject({ status: 500, code: 'INTERNAL_FAULT' });
    expect(JSON.stringify(answer)).not.toContain('out of paper');
    expect(lines.at(-1)).toMatchObject({ level: 'error', outcome: 'failed', message: 'Error: out of paper' });
  });

  it('may come again when the function takes too long', async () => {
    let free = () => {};
    const main: AppFunction['main'] = () =>
      new Promise((resolve) => {
        free = () => resolve({ statusCode: 200, headers: {}, body: '' });
      });
    const url = await start({ validate: { main, timeoutMs: 20, concurrency: 1 } });
    const answer = await answerOf(`${url}/events/validate`, eventRequest());
    expect(answer).toMatchObject({ status: 504, code: 'FUNCTION_TIMED_OUT' });
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.json()]).toEqual([
      503,
      { status: 'stuck', running: { validate: 1 } },
    ]);
    free();
    await expect.poll(async () => (await fetch(`${url}/healthz`)).status, slowly).toBe(200);
  });
});

describe('the clock', () => {
  it('wakes the functions that it is for, and no others', async () => {
    const url = await start({ sweep: { ...done, cos: [], cron: true }, validate: done });
    const tick = requestOf(cronEventParams('sweep', new Date()));
    expect((await answerOf(`${url}/events/sweep`, tick)).status).toBe(200);
    expect((await answerOf(`${url}/events/sweep`, eventRequest())).code).toBe('EVENT_MISDIRECTED');
  });
});

describe('an app that is asked to stop', () => {
  it('ends the event it works on, refuses others, and tells who did not end in time', async () => {
    let free = () => {};
    const main: AppFunction['main'] = () =>
      new Promise((resolve) => {
        free = () => resolve({ statusCode: 200, headers: {}, body: 'late' });
      });
    const { app, url } = await runningApp({ validate: { main, concurrency: 1 } });
    close = () => app.stop(0);
    let arrived = 0;
    app.server.on('request', (request) => {
      if (request.method === 'POST') arrived++;
    });
    const first = fetch(`${url}/events/validate`, eventRequest());
    await expect.poll(() => runningAt(url), slowly).toBe(1);
    const second = answerOf(`${url}/events/validate`, eventRequest());
    await expect.poll(() => arrived, slowly).toBe(2);
    const stopped = app.stop(30_000);
    expect(await second).toMatchObject({ status: 503, code: 'EVENT_NOT_TAKEN' });
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    free();
    expect([(await first).status, await (await first).text()]).toEqual([200, 'late']);
    expect((await first).headers.get('connection')).toBe('close');
    expect(await stopped).toBe(0);
  });

  it('does not wait beyond the deadline', async () => {
    const { app, url } = await runningApp({ validate: { main: () => new Promise(() => {}) } });
    close = async () => {};
    const hanging = fetch(`${url}/events/validate`, eventRequest()).catch(() => 'cut off');
    await expect.poll(() => runningAt(url), slowly).toBe(1);
    expect(await app.stop(10)).toBe(1);
    expect(await hanging).toBe('cut off');
  });
});
