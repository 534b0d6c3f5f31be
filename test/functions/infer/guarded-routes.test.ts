import { beforeAll, describe, expect, it } from 'vitest';
import type { Environment } from '../../../shared/config/settings.ts';
import { inferRoutes } from '../../../shared/protocols/routes.ts';
import { smallModel } from '../../fixtures/published-model.ts';
import { type Served, serve } from '../../fixtures/served.ts';
import { answerTo, problemOf, type Request } from './ask-main.ts';

const key = 'a-key-of-the-continuous-integration';
/** Health, and the page that asks for the key. Whoever opens another route has to say so here. */
const open = ['GET /', 'GET /healthz', 'GET /v2/health/live', 'GET /v2/health/ready'];

/** Every route, with names in its path that the model has. */
const routes = inferRoutes.map((route) => ({
  name: `${route.method} ${route.path}`,
  method: route.method,
  path: route.path
    .replace('{model}', 'small')
    .replace('{version}', '1')
    .replace('{label}', 'stable')
    .replace(/\{\w+\}/g, 'x'),
}));
const isOpen = ({ name }: { readonly name: string }) => open.includes(name);

let served: Served;
beforeAll(async () => {
  served = await serve(smallModel(1), undefined, { EARSHOT_API_KEYS: `ci:${key}, other:another-key` });
});

describe('a deployment with keys', () => {
  it('has data routes of four protocols, and few open ones', () => {
    expect(routes.filter((route) => !isOpen(route)).length).toBeGreaterThan(20);
    expect(routes.filter(isOpen).length).toBeGreaterThanOrEqual(3);
  });

  it.each(routes.filter((route) => !isOpen(route)))(
    'refuses $name without a key of its own',
    async (route) => {
      const shown: NonNullable<Request['headers']>[] = [
        {},
        { Authorization: 'Bearer' },
        { Authorization: `Basic ${Buffer.from(`ci:${key}`).toString('base64')}` },
        { Authorization: `Bearer ${key}x` },
        { 'X-Api-Key': `ci:${key}` },
        { 'X-Api-Key': '' },
        { 'X-Api-Key': 'k'.repeat(10_000) },
        { Cookie: `key=${key}` },
      ];
      for (const headers of shown) {
        const problem = await problemOf(served.main, { ...route, headers });
        expect([problem['code'], problem['path']]).toEqual(['API_KEY_REFUSED', 'authorization']);
        expect(JSON.stringify(problem)).not.toContain(key);
      }
      const query = await problemOf(served.main, { ...route, query: `key=${key}&api_key=${key}` });
      expect(query['code']).toBe('API_KEY_REFUSED');
    },
  );

  it.each(routes.filter((route) => !isOpen(route)))('lets a key in to $name', async (route) => {
    for (const headers of [{ Authorization: `Bearer ${key}` }, { 'X-Api-Key': key }]) {
      expect((await answerTo(served.main, { ...route, headers })).statusCode).not.toBe(401);
    }
  });

  it.each(routes.filter(isOpen))('answers $name to everyone', async (route) => {
    expect((await answerTo(served.main, route)).statusCode).toBe(200);
  });

  it.each([
    ['POST', '/healthz'],
    ['HEAD', '/healthz'],
    ['OPTIONS', '/predict'],
    ['GET', '/healthz/'],
    ['GET', '//healthz'],
    ['GET', '/v2/health/../models/small'],
    ['GET', '/nothing'],
  ])('tells nothing about %s %s', async (method, path) => {
    expect((await answerTo(served.main, { method, path })).statusCode).toBe(401);
  });

  it('counts by the name of the key, never by the key', async () => {
    const headers = { 'X-Api-Key': key };
    await answerTo(served.main, { method: 'GET', path: '/v2', headers });
    const { answer } = await answerTo(served.main, { method: 'GET', path: '/metrics', headers });
    expect(answer).toMatch(/^earshot_key_requests_total\{key="ci"\} \d+$/m);
    expect(answer).not.toContain(key);
  });
});

describe('without keys', () => {
  const statusWith = async (env: Environment) => {
    const { main } = await serve(smallModel(1), undefined, env);
    return (await answerTo(main, { method: 'GET', path: '/v2' })).statusCode;
  };

  it('a machine of one’s own answers everyone', async () => {
    expect(await statusWith({})).toBe(200);
  });

  it.each(['CE_FUNCTION', 'CE_APP', 'EARSHOT_SERVICE'])(
    'Code Engine (%s) refuses everyone: it lost them',
    async (variable) => {
      expect(await statusWith({ [variable]: 'earshot-prod-infer' })).toBe(500);
    },
  );

  it('Code Engine answers everyone where the deployment is public', async () => {
    expect(await statusWith({ CE_FUNCTION: 'earshot-prod-infer', EARSHOT_PUBLIC: 'true' })).toBe(200);
  });

  it.each(['yes', '1', 'TRUE'])('%s is not public', async (text) => {
    expect(await statusWith({ CE_FUNCTION: 'f', EARSHOT_PUBLIC: text })).toBe(500);
  });
});
