import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { smallModel } from '../../fixtures/published-model.ts';
import { type Served, serve } from '../../fixtures/served.ts';
import { answerTo, type Request } from './ask-main.ts';

const key = 'a-key-of-the-continuous-integration';
const frame = [0, 1, 2, 3, 254, 255];
const good: Request = { body: JSON.stringify({ clips: [{ frames: [frame] }, { frames: [frame, frame] }] }) };
const headers = { Authorization: `Bearer ${key}` };

let served: Served;
const written: string[] = [];
beforeAll(async () => {
  served = await serve(smallModel(1), undefined, {
    EARSHOT_API_KEYS: `ci:${key}`,
    EARSHOT_REQUEST_LOG: 'all',
  });
});
beforeEach(() => {
  written.length = 0;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
const ask = (request: Request) => answerTo(served.main, { headers, ...request });

describe('each request is one line of the log', () => {
  it('that says what was asked and done, and the first that it was a cold start', async () => {
    await ask(good);
    await ask(good);
    const [first, second] = lines();
    expect(first).toMatchObject({ level: 'info', event: 'request', coldStart: true, requestId: 'r-1' });
    expect(first!['processSeconds']).toBeGreaterThan(0);
    expect(second).toEqual({
      time: expect.any(String),
      level: 'info',
      event: 'request',
      requestId: 'r-1',
      method: 'POST',
      route: '/predict',
      status: 200,
      ms: expect.any(Number),
      phaseMs: expect.any(Object),
      key: 'ci',
      model: 'small',
      version: '1',
      clips: 2,
      batches: 1,
      batchClips: 2,
    });
  });

  it.each([
    [{ path: `/v1/models/${key}/versions/9:predict` }, '/v1/models/{model}/versions/{version}:predict'],
    [{ path: `/secret/${'x'.repeat(5000)}` }, null],
    [{ path: '/predict', method: `X${'Y'.repeat(1000)}` }, '/predict'],
    [{ path: '/predict', query: `token=${key}` }, '/predict'],
  ])('of bounded length, without path, query or key: %#', async (request, route) => {
    await ask(request);
    expect(lines()[0]).toMatchObject({ route, key: 'ci' });
    expect(written.join('').length).toBeLessThan(600);
    expect(written.join('')).not.toMatch(/continuous|secret|xxxx|YYYY/);
  });

  it('with the code of what was refused', async () => {
    await answerTo(served.main, good);
    await ask({ ...good, headers: { ...headers, 'X-Request-Id': 'two words' }, body: '{' });
    const [refused, malformed] = lines();
    expect(refused).toMatchObject({ status: 401, code: 'API_KEY_REFUSED' });
    expect(refused).not.toHaveProperty('key');
    expect(malformed).toMatchObject({ status: 400, code: 'BODY_MALFORMED' });
    expect(malformed!['requestId']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('every answer', () => {
  it.each<[string, Request]>([
    ['a prediction', good],
    ['health', { method: 'GET', path: '/healthz' }],
    ['metadata', { method: 'GET', path: '/v2/models/small' }],
    ['a wrong path', { path: '/x' }],
    ['a wrong key', { headers: {} }],
    ['headers that are too large', { headers: { ...headers, cookie: 'x'.repeat(40_000) } }],
  ])('has its id and its timing, and is stored by nobody: %s', async (_, request) => {
    const { headers: told } = await ask(request);
    expect(told['x-request-id']).toBe('r-1');
    expect(told['server-timing']).toMatch(/^((load|parse|queue|score);dur=\d+\.\d, )*total;dur=\d+\.\d$/);
    expect(told['cache-control']).toBe('no-store');
    expect(told['x-content-type-options']).toBe('nosniff');
  });

  it('the id of a problem is that of its header', async () => {
    const { headers: told, answer } = await ask({ body: '{', headers: { ...headers, 'X-Request-Id': '' } });
    expect(answer['request_id']).toBe(told['x-request-id']);
  });
});

describe('the figures', () => {
  const figures = async () => String((await ask({ method: 'GET', path: '/metrics' })).answer);
  const figureOf = (text: string, series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1] ?? 0,
    );

  it('count what was answered, by what is bounded', async () => {
    const before = await figures();
    await ask(good);
    await ask({ ...good, path: '/v1/models/other:predict' });
    await ask({ path: '/a' });
    await ask({ path: '/b', method: 'PROPFIND' });
    const after = await figures();
    const grown = (series: string) => figureOf(after, series) - figureOf(before, series);
    expect(grown('earshot_requests_total{route="/predict",method="POST",status="200"}')).toBe(1);
    expect(grown('earshot_requests_total{route="none",method="POST",status="404"}')).toBe(1);
    expect(grown('earshot_requests_total{route="none",method="other",status="404"}')).toBe(1);
    expect(grown('earshot_rejections_total{code="ROUTE_NOT_FOUND"}')).toBe(2);
    expect(grown('earshot_rejections_total{code="MODEL_NOT_SERVED"}')).toBe(1);
    expect(grown('earshot_clips_total{model="small",version="1"}')).toBe(2);
    expect(grown('earshot_batches_total{model="small",version="1"}')).toBe(1);
    expect(grown('earshot_prediction_duration_seconds_count{model="small",version="1"}')).toBe(1);
    expect(grown('earshot_request_duration_seconds_count{route="/predict"}')).toBe(1);
    expect(figureOf(after, 'earshot_cold_starts_total')).toBe(1);
    expect(figureOf(after, 'earshot_requests_in_flight')).toBe(1);
    expect(after).not.toContain('other"}');
  });
});
