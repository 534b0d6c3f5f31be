import fc from 'fast-check';
import { expect, it } from 'vitest';
import { goodKey, recordBomb, withKey } from '../../fixtures/bad-headers.ts';
import { anyBadRequest } from '../../fixtures/bad-requests.ts';
import { smallModel } from '../../fixtures/published-model.ts';
import { serve } from '../../fixtures/served.ts';
import { problemOf } from '../../functions/infer/ask-main.ts';

it('a bad request is answered with a 4xx that has a code, through every protocol', async () => {
  const { main } = await serve(smallModel(1), undefined, { EARSHOT_API_KEYS: `fuzz:${goodKey}` });
  const codes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(anyBadRequest, async (request) => {
      const { code, error, detail } = await problemOf(main, withKey(request));
      expect(error).toBe(detail);
      codes.set(String(code), (codes.get(String(code)) ?? 0) + 1);
    }),
    // Shrinking a request of any JSON may take longer than all of them.
    { numRuns: 500, endOnFailure: true },
  );
  expect(codes.size).toBeGreaterThan(9);
  for (const code of [
    'API_KEY_REFUSED',
    'BODY_UNSUPPORTED_ENCODING',
    'HEADERS_TOO_LARGE',
    'BODY_MALFORMED',
  ]) {
    expect([...codes.keys()]).toContain(code);
  }
});

it('what was received is shown in part, however long or deep it is', async () => {
  const { main } = await serve(smallModel(1));
  const infer = (lengths: string) => ({
    path: '/v2/models/small/infer',
    body: `{"inputs": [
      {"name": "embedding", "shape": [1, 1, 6], "datatype": "UINT8", "data": [0, 1, 2, 3, 4, 5]},
      {"name": "lengths", "shape": [1], "datatype": "INT32", "data": [${lengths}]}]}`,
  });
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  for (const lengths of [JSON.stringify('x'.repeat(1e6)), nested(28)]) {
    expect(await problemOf(main, infer(lengths))).toMatchObject({ path: 'inputs[1].data[0]' });
  }
  for (const depth of [29, 1e6]) {
    expect(await problemOf(main, infer(nested(depth)))).toMatchObject({
      path: '(the whole document)',
      expected: 'at most 32 lists and objects within each other',
    });
  }
  const long = { path: '/predict', type: `application/${'x'.repeat(1e4)}`, body: '{}' };
  expect(await problemOf(main, long)).toMatchObject({ code: 'BODY_UNSUPPORTED_TYPE' });
});

it('a small TFRecord that grows beyond what a request may hold is refused with 413', async () => {
  const { main } = await serve(smallModel(1));
  const body = recordBomb();
  expect(body.length).toBeLessThan(1024 * 1024);
  expect(await problemOf(main, { body, type: 'application/gzip' })).toMatchObject({
    status: 413,
    code: 'BODY_TOO_LARGE',
    limit: 64 * 1024 * 1024,
    size: expect.any(Number),
  });
});
