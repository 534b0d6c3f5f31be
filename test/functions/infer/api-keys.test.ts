import middy from '@middy/core';
import { describe, expect, it } from 'vitest';
import { apiKeyMiddleware } from '../../../functions/infer/api-keys.ts';
import { corsMiddleware } from '../../../functions/infer/cors.ts';
import { knownKeysOf } from '../../../functions/infer/known-keys.ts';
import type { HttpContext, HttpEvent, HttpResult } from '../../../shared/http/http-event.ts';
import { jsonResult } from '../../../shared/http/http-event.ts';
import { problemMiddleware } from '../../../shared/http/problem-middleware.ts';
import { opennessOf } from '../../../shared/protocols/route-table.ts';
import { inferRoutes } from '../../../shared/protocols/routes.ts';

interface Asked {
  readonly keys?: string;
  readonly origins?: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

async function answerTo({
  keys = '',
  origins = '',
  method = 'POST',
  path = '/predict',
  headers = {},
}: Asked) {
  const handler = middy()
    .use(corsMiddleware(() => origins))
    .use(problemMiddleware())
    .use(apiKeyMiddleware(() => knownKeysOf({ EARSHOT_API_KEYS: keys }), opennessOf(inferRoutes)))
    .handler(async () => jsonResult(200, {})) as unknown as (
    event: HttpEvent,
    context: HttpContext,
  ) => Promise<HttpResult>;
  const event = {
    httpMethod: method,
    path,
    headers,
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    body: null,
    isBase64Encoded: false,
  };
  return handler(event, { requestId: 'r-1' });
}

describe('a deployment with API keys', () => {
  const keys = 'first-key, second-key';

  it.each([
    ['Bearer', { authorization: 'Bearer second-key' }],
    ['bearer', { authorization: 'bearer first-key' }],
    ['x-api-key', { 'x-api-key': 'first-key' }],
  ])('answers who shows one of them by %s', async (_, headers) => {
    expect((await answerTo({ keys, headers })).statusCode).toBe(200);
  });

  it.each([
    ['none', {}],
    ['another', { authorization: 'Bearer third-key' }],
    ['the beginning of one', { authorization: 'Bearer first' }],
    ['all of them', { 'x-api-key': keys }],
    ['an empty one', { 'x-api-key': '' }],
  ])('refuses who shows %s, with 401 and no word of the keys', async (_, headers) => {
    const { statusCode, body } = await answerTo({ keys, headers });
    expect(statusCode).toBe(401);
    expect(JSON.parse(body)).toMatchObject({ code: 'API_KEY_REFUSED', request_id: 'r-1' });
    expect(body).not.toMatch(/first-key|second-key|third-key/);
  });

  it('answers everyone whether it lives', async () => {
    expect((await answerTo({ keys, method: 'GET', path: '/healthz' })).statusCode).toBe(200);
  });

  it('without keys answers everyone', async () => {
    expect((await answerTo({ keys: '' })).statusCode).toBe(200);
  });
});

describe('pages of other origins', () => {
  const headers = { origin: 'https://a.example' };

  it('may call from the origins that are named, and read what refuses them', async () => {
    const asked = { headers, origins: 'https://b.example,https://a.example' };
    expect((await answerTo(asked)).headers).toMatchObject({
      'access-control-allow-origin': 'https://a.example',
      vary: 'Origin',
    });
    const { statusCode, headers: told } = await answerTo({ ...asked, keys: 'key' });
    expect([statusCode, told['access-control-allow-origin']]).toEqual([401, 'https://a.example']);
  });

  it('are answered before they call, without a key', async () => {
    const preflight = { ...headers, 'access-control-request-method': 'POST' };
    const asked = { keys: 'key', method: 'OPTIONS', headers: preflight, origins: '*' };
    const { statusCode, headers: told } = await answerTo(asked);
    expect(statusCode).toBe(204);
    expect(told).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': expect.stringContaining('authorization'),
      'access-control-expose-headers': expect.stringMatching(/x-request-id.*server-timing.*retry-after/),
    });
  });

  it('are told apart by caches, also where they may not call', async () => {
    const origins = 'https://b.example';
    expect((await answerTo({ origins })).headers).toMatchObject({ vary: 'Origin' });
    expect((await answerTo({ origins, headers })).headers).toMatchObject({ vary: 'Origin' });
    expect((await answerTo({ origins: '*', headers })).headers).not.toHaveProperty('vary');
    expect((await answerTo({ headers })).headers).not.toHaveProperty('vary');
  });

  it('that may not call get no answer before they call', async () => {
    const preflight = { ...headers, 'access-control-request-method': 'POST' };
    const asked = { method: 'OPTIONS', headers: preflight, origins: 'https://b.example', keys: 'key' };
    const { statusCode, headers: told } = await answerTo(asked);
    expect(statusCode).toBe(401);
    expect(told).not.toHaveProperty('access-control-allow-origin');
  });

  it.each([[''], ['https://b.example'], ['https://a.example.evil']])(
    'of another origin than %j may not',
    async (origins) => {
      expect((await answerTo({ headers, origins })).headers).not.toHaveProperty(
        'access-control-allow-origin',
      );
    },
  );
});
