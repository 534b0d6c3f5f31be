import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyBadRequest } from '../../fixtures/bad-requests.ts';
import { smallModel } from '../../fixtures/published-model.ts';
import { serve } from '../../fixtures/served.ts';
import { problemOf } from '../../functions/infer/ask-main.ts';

it('a bad request is answered with a 4xx that has a code, through every protocol', async () => {
  const { main } = await serve(smallModel(1));
  const codes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(anyBadRequest, async (request) => {
      const { code, error, detail } = await problemOf(main, request);
      expect(error).toBe(detail);
      codes.set(String(code), (codes.get(String(code)) ?? 0) + 1);
    }),
    { numRuns: 500 },
  );
  console.log(Object.fromEntries(codes));
  expect(codes.size).toBeGreaterThan(6);
});
