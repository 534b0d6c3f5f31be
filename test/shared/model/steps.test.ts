import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { atOnce, inSlices, type Steps } from '../../../shared/model/steps.ts';

/** Steps of half a millisecond. */
function* work(steps: number, told: number[] = []): Steps<string> {
  for (let i = 0; i < steps; i++) {
    for (const until = performance.now() + 0.5; performance.now() < until; );
    told.push(i);
    yield;
  }
  return 'done';
}

it('work in slices comes to the same end as work at once', async () => {
  expect(atOnce(work(5))).toBe('done');
  expect(await inSlices(work(5))).toBe('done');
});

it('others have their turn between two slices', async () => {
  let turns = 0;
  let isOver = false;
  const others = (async () => {
    while (!isOver) {
      await turn();
      turns++;
    }
  })();
  await inSlices(work(40));
  isOver = true;
  await others;
  expect(turns).toBeGreaterThanOrEqual(10);
});

it('while a request is under way the work waits, but not for ever', async () => {
  const told: number[] = [];
  let isBusy = true;
  const sliced = inSlices(work(40, told), () => isBusy);
  const [began, first] = [performance.now(), told.length];
  await expect.poll(() => told.length, { interval: 1 }).toBeGreaterThan(first);
  expect(performance.now() - began).toBeGreaterThanOrEqual(19);
  isBusy = false;
  expect(await sliced).toBe('done');
});

it('what a step throws ends the work', async () => {
  function* failing(): Steps<string> {
    yield;
    throw new Error('of a step');
  }
  await expect(inSlices(failing())).rejects.toThrow('of a step');
});
