import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, BatchQueue } from '../../../shared/inference/batch-queue.ts';
import type { ServedModel } from '../../../shared/inference/clips.ts';

/** Scores a clip by its sum; holds the thread for as long as it is told. */
function summing(version = '1', millisecondsAClip = 0) {
  const passes: number[][] = [];
  const predict = (clips: readonly (Uint8Array | Float32Array)[]) => {
    const until = performance.now() + millisecondsAClip * clips.length;
    while (performance.now() < until);
    passes.push(clips.map(([first]) => first!));
    if (clips.some(([first]) => first === 255)) throw new Error('this clip breaks it');
    return clips.map((clip) => Float32Array.of(clip[0]! + clip[1]!));
  };
  return { passes, model: { name: 'm', version, saved: { predict } } as unknown as ServedModel };
}

const clip = (value: number) => Uint8Array.of(value, 1);
const outcome = (work: Promise<unknown>) => work.catch((error: Error) => error.message);

describe('requests that come together', () => {
  it('are scored in one batch, and each gets its own scores', async () => {
    const { model, passes } = summing();
    const queue = new BatchQueue();
    const answers = await Promise.all([
      queue.predict(model, [clip(1)]),
      queue.predict(model, [clip(2), clip(3)]),
      queue.predict(model, [clip(4)]),
    ]);
    expect(answers.map((scores) => scores.map(([sum]) => sum))).toEqual([[2], [3, 4], [5]]);
    expect(passes).toEqual([[1, 2, 3, 4]]);
    expect(queue.waiting).toEqual({ requests: 0, clips: 0 });
  });

  it('of two models are never mixed', async () => {
    const [one, two] = [summing('1'), summing('2')];
    const queue = new BatchQueue();
    await Promise.all([one, two, one].map(({ model }, i) => queue.predict(model, [clip(i)])));
    expect(one.passes).toEqual([[0, 2]]);
    expect(two.passes).toEqual([[1]]);
  });

  it('do not fail because one of them does', async () => {
    const { model } = summing();
    const queue = new BatchQueue();
    const work = [[clip(1)], [clip(255)], [clip(3)]].map((clips) => outcome(queue.predict(model, clips)));
    expect(await Promise.all(work)).toEqual([
      [Float32Array.of(2)],
      'this clip breaks it',
      [Float32Array.of(4)],
    ]);
    expect(queue.waiting.requests).toBe(0);
  });
});

it('an idle engine begins in the same turn of the event loop: nobody waits for company', async () => {
  const { model, passes } = summing();
  const answer = new BatchQueue().predict(model, [clip(7)]);
  await turn();
  expect(passes).toEqual([[7]]);
  expect(await answer).toEqual([Float32Array.of(8)]);
});

it('a large request is scored in parts, and a small one that comes later is answered before its end', async () => {
  const { model } = summing();
  const queue = new BatchQueue({ clipsPerBatch: 10 });
  const ended: string[] = [];
  const large = queue.predict(
    model,
    Array.from({ length: 95 }, (_, i) => clip(i)),
  );
  const small = queue.predict(model, [clip(1)]);
  await Promise.all([large.then(() => ended.push('large')), small.then(() => ended.push('small'))]);
  expect(ended).toEqual(['small', 'large']);
  expect((await large).map(([sum]) => sum)).toEqual(Array.from({ length: 95 }, (_, i) => i + 1));
});

it('whatever comes in whatever sizes, each clip gets its score, and no batch is larger than it may be', async () => {
  const sizes = fc.array(fc.array(fc.nat({ max: 254 }), { maxLength: 12 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 9 }), async (requests, clipsPerBatch) => {
      const { model, passes } = summing();
      const queue = new BatchQueue({ clipsPerBatch });
      const answers = await Promise.all(requests.map((values) => queue.predict(model, values.map(clip))));
      expect(answers.map((scores) => scores.map(([sum]) => sum! - 1))).toEqual(requests);
      for (const pass of passes) expect(pass.length).toBeLessThanOrEqual(clipsPerBatch);
    }),
    { numRuns: 50 },
  );
});

describe('when more work waits than can be done soon', () => {
  it('a request is refused, with the seconds after which that work is done', async () => {
    const { model } = summing('1', 2);
    const queue = new BatchQueue({ clipsPerBatch: 5, mostWaitingMs: 100 });
    // The pace is known from now on: 2 ms a clip, or slower on a busy machine.
    await queue.predict(model, [clip(1)]);
    const work = queue.predict(model, Array(400).fill(clip(1)));
    expect(queue.waitingMs).toBeGreaterThanOrEqual(800);
    const expectedSeconds = Math.ceil(queue.waitingMs / 1000);
    await expect(queue.predict(model, [clip(2)])).rejects.toMatchObject({
      code: 'OVERLOADED',
      details: { retryAfterSeconds: expectedSeconds, expected: 'at most 0.1 s of work that waits' },
    });
    await work;
    expect(await queue.predict(model, [clip(2)])).toEqual([Float32Array.of(3)]);
  });

  it('an idle engine takes a request of any size', async () => {
    const { model } = summing('1', 1);
    const queue = new BatchQueue({ mostWaitingMs: 1 });
    await queue.predict(model, [clip(1)]);
    expect(await queue.predict(model, Array(50).fill(clip(1)))).toHaveLength(50);
  });
});

it('batches and refusals are told to who counts them', async () => {
  const { model } = summing('3', 1);
  const batches: Batch[] = [];
  const shed: object[] = [];
  const observer = {
    onBatch: (batch: Batch) => batches.push(batch),
    onShed: (one: object) => shed.push(one),
  };
  const queue = new BatchQueue({ clipsPerBatch: 4, mostWaitingMs: 0, observer });
  await queue.predict(model, [clip(1)]);
  const work = queue.predict(model, [clip(1), clip(2), clip(3), clip(4), clip(5)]);
  await outcome(queue.predict(model, [clip(1), clip(2)]));
  await work;
  const told = { model: 'm', version: '3', requests: 1 };
  expect(batches).toEqual([1, 4, 1].map((clips) => ({ ...told, clips, milliseconds: expect.any(Number) })));
  for (const { milliseconds } of batches) expect(milliseconds).toBeGreaterThan(0);
  expect(shed).toEqual([{ model: 'm', version: '3', clips: 2 }]);
});
