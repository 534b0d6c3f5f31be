import fc from 'fast-check';
import { expect, it } from 'vitest';
import { goodKey, withKey } from '../fixtures/bad-headers.ts';
import { anyBadRequest } from '../fixtures/bad-requests.ts';
import { smallModel } from '../fixtures/published-model.ts';
import { serve } from '../fixtures/served.ts';
import { problemOf } from '../functions/infer/ask-main.ts';

it('10,000 bad requests of bodies, encodings, headers and keys: always a 4xx with a code, and no memory stays behind', async () => {
  const { main } = await serve(smallModel(1), undefined, { EARSHOT_API_KEYS: `fuzz:${goodKey}` });
  const ask = (numRuns: number) =>
    fc.assert(
      fc.asyncProperty(anyBadRequest, async (request) => {
        await problemOf(main, withKey(request));
      }),
      { numRuns, endOnFailure: true },
    );
  // fast-check keeps what it draws until a run ends, so memory is compared between runs.
  const heapAfter = async () => {
    await ask(1000);
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 1024 ** 2;
  };
  const heaps: number[] = [];
  for (let i = 0; i < 10; i++) heaps.push(await heapAfter());
  console.log(
    `MB of heap and buffers after each thousand: ${heaps.map((heap) => heap.toFixed(0)).join(', ')}`,
  );
  const least = (some: readonly number[]) => Math.min(...some);
  expect(least(heaps.slice(5))).toBeLessThan(least(heaps.slice(0, 5)) + 30);
});
