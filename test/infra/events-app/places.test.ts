import { describe, expect, it } from 'vitest';
import { Places } from '../../../infra/events-app/places.ts';

/** Work that ends when it is told to. */
function work() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const state = { begun: false };
  const run = async () => {
    state.begun = true;
    await ended;
    return 'done';
  };
  return { run, end, state };
}

describe('the places of a function', () => {
  it('take so much work at once, and the rest in turn', async () => {
    const places = new Places('f', 2, 60_000);
    const works = [work(), work(), work(), work()];
    const results = works.map(({ run }) => places.run(run));
    expect(works.map(({ state }) => state.begun)).toEqual([true, true, false, false]);
    works[1]!.end();
    await results[1];
    expect(works.map(({ state }) => state.begun)).toEqual([true, true, true, false]);
    expect(places.running).toBe(2);
    for (const { end } of works) end();
    expect(await Promise.all(results)).toEqual(Array(4).fill('done'));
    await places.idle();
    expect(places.running).toBe(0);
  });

  it('are free again after work that fails', async () => {
    const places = new Places('f', 1, 60_000);
    const failing = async () => {
      throw new Error('no');
    };
    await expect(places.run(failing)).rejects.toThrow('no');
    expect(await places.run(async () => 1)).toBe(1);
  });

  it('stay taken by work whose time is over until it ends', async () => {
    const places = new Places('f', 1, 10);
    const late = work();
    await expect(places.run(late.run)).rejects.toMatchObject({ code: 'FUNCTION_TIMED_OUT' });
    expect([places.isStuck, places.running]).toEqual([true, 1]);
    const next = work();
    await expect(places.run(next.run)).rejects.toMatchObject({ code: 'EVENT_NOT_TAKEN' });
    expect(next.state.begun).toBe(false);
    late.end();
    await places.idle();
    expect([places.isStuck, places.running]).toEqual([false, 0]);
  });

  it('refuse what waits when they are asked to', async () => {
    const places = new Places('f', 1, 60_000);
    const first = work();
    const running = places.run(first.run);
    const waiting = places.run(work().run);
    places.refuseWaiting('the app stops');
    await expect(waiting).rejects.toMatchObject({
      code: 'EVENT_NOT_TAKEN',
      details: { received: 'the app stops' },
    });
    first.end();
    expect(await running).toBe('done');
  });
});
