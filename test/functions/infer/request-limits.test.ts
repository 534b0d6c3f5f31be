import { beforeAll, describe, expect, it } from 'vitest';
import { smallModel } from '../../fixtures/published-model.ts';
import { type Served, serve } from '../../fixtures/served.ts';
import { answerTo, problemOf } from './ask-main.ts';

let served: Served;
beforeAll(async () => {
  served = await serve(smallModel(1), undefined, { EARSHOT_API_KEYS: 'some-key' });
});

describe('before anything else is looked at, also the key', () => {
  it.each([
    ['one header', { Cookie: 'x'.repeat(40_000) }],
    ['many headers', Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`x-${i}`, 'y'.repeat(20)]))],
  ])('%s beyond 32 KB: 431 with limit and size', async (_, headers) => {
    const problem = await problemOf(served.main, { headers });
    expect(problem).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE', limit: 32_768 });
    expect(problem['size']).toBeGreaterThan(32_768);
  });

  it.each([
    ['a path', { path: `/${'x'.repeat(40_000)}` }],
    ['a query', { query: `id=${'x'.repeat(40_000)}` }],
    ['names in a query', { query: Array.from({ length: 20_000 }, (_, i) => `k${i}`).join('&') }],
    ['the same name in a query', { query: 'labels=a&'.repeat(9000) }],
  ])('%s beyond 32 KB: 414 with limit and size, soon', async (_, request) => {
    const began = performance.now();
    const problem = await problemOf(served.main, request);
    expect(problem).toMatchObject({ status: 414, code: 'TARGET_TOO_LONG', limit: 32_768 });
    // Tens of thousands of names looked up one by one took many seconds.
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('what is within them is answered', async () => {
    const headers = { 'X-Api-Key': 'some-key', Cookie: 'x'.repeat(32_000) };
    expect((await answerTo(served.main, { path: '/v2', method: 'GET', headers })).statusCode).toBe(200);
  });
});
