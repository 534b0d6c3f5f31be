import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FunctionPool, type PoolSettings } from '../../../infra/local/function-pool.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { bundleOf, obedientFunction } from '../../fixtures/local/bundle-of.ts';
import { allGone } from '../../fixtures/local/processes.ts';

let folder: string;
let bundle: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-pool-'));
  bundle = await bundleOf(folder, 'obedient', obedientFunction);
});
const pools: FunctionPool[] = [];
afterAll(async () => {
  for (const pool of pools) pool.close();
  await rm(folder, { recursive: true });
});

const mebibyte = 1024 * 1024;

function open(changes: Partial<PoolSettings> = {}): FunctionPool {
  const pool = new FunctionPool({
    name: 'obedient',
    bundle,
    hostFolder: path.join(projectRoot, 'infra/local'),
    env: {},
    timeoutMs: 20_000,
    memoryBytes: 512 * mebibyte,
    concurrency: 1,
    instances: 1,
    onLog: () => {},
    ...changes,
  });
  pools.push(pool);
  return pool;
}

const call = (pool: FunctionPool, __ce_path = '/', amount: number | string = '') =>
  pool.invoke({ __ce_path, __ce_query: String(amount) });

async function ask(pool: FunctionPool, path = '/', amount: number | string = '') {
  const { body } = await call(pool, path, amount);
  return body as { pid: number; calls: number; began: number; ended: number };
}

async function failureOf(work: Promise<unknown>): Promise<{ code: string; received: string }> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    expect(error.details.field).toBe('obedient');
    return { code: error.code, received: error.details.received ?? '' };
  }
  return { code: 'none', received: '' };
}

describe('a function', () => {
  it('runs as its bundle in a process of its own that is kept for the next invocation', async () => {
    const pool = open();
    const first = await ask(pool);
    expect(first).toMatchObject({ calls: 1, params: { __ce_path: '/', __ce_query: '' } });
    expect(first.pid).not.toBe(process.pid);
    expect(await ask(pool)).toMatchObject({ pid: first.pid, calls: 2 });
  });

  it('has the environment that it is given, and nothing of the caller', async () => {
    process.env['PLANTED_SECRET'] = 'leaked';
    try {
      const { body } = await call(open({ env: { EARSHOT_MODEL: 'm', PATH: '/bin' } }), '/environment');
      expect(body).toEqual({ EARSHOT_MODEL: 'm', PATH: '/bin' });
    } finally {
      delete process.env['PLANTED_SECRET'];
    }
  });

  it('has its output passed on by whole lines', async () => {
    const lines: string[] = [];
    const pool = open({ onLog: (line) => lines.push(line) });
    await call(pool, '/print');
    pool.close();
    await expect.poll(() => [...lines].sort()).toEqual(['one', 'three', 'two']);
  });

  it('outlives an interrupt of the terminal, which reaches all: the platform decides when it ends', async () => {
    const pool = open();
    const { pid } = await ask(pool);
    process.kill(pid, 'SIGINT');
    await pause(50);
    expect(await ask(pool)).toMatchObject({ pid, calls: 2 });
  });
});

describe.concurrent('the time limit', () => {
  it.each(['/pause', '/block'])('ends what takes longer (%s); the next gets a new instance', async (slow) => {
    const pool = open({ timeoutMs: 1500 });
    const { pid } = await ask(pool);
    const began = Date.now();
    expect(await failureOf(call(pool, slow, 30_000))).toEqual({
      code: 'FUNCTION_TIMED_OUT',
      received: 'none',
    });
    expect(Date.now() - began).toBeLessThan(5000);
    expect(await allGone([pid])).toBe(true);
    const next = await ask(pool);
    expect(next.calls).toBe(1);
    expect(next.pid).not.toBe(pid);
  });

  it('fails the other invocations of the instance, which end with it', async () => {
    const pool = open({ timeoutMs: 1500, concurrency: 2 });
    await ask(pool);
    const slow = failureOf(call(pool, '/pause', 30_000));
    await pause(300);
    const other = failureOf(call(pool, '/pause', 30_000));
    expect((await slow).code).toBe('FUNCTION_TIMED_OUT');
    expect(await other).toEqual({
      code: 'FUNCTION_CRASHED',
      received: 'another invocation ran into the time limit',
    });
  });
});

describe.concurrent('the memory limit', () => {
  it('ends an instance that holds more, heap or not; the next invocation is served', async () => {
    const pool = open({ memoryBytes: 160 * mebibyte });
    const { pid } = await ask(pool);
    const failure = await failureOf(call(pool, '/allocate', 2000));
    expect(failure.code).toBe('FUNCTION_CRASHED');
    expect(failure.received).toMatch(/^used \d+ MB of 168 MB$/);
    expect(await allGone([pid])).toBe(true);
    expect((await ask(pool)).calls).toBe(1);
  });

  it('ends an instance whose heap runs full', async () => {
    const pool = open({ memoryBytes: 96 * mebibyte });
    const failure = await failureOf(call(pool, '/heap'));
    expect(failure.code).toBe('FUNCTION_CRASHED');
    expect(failure.received).toMatch(/^ended with SIG/);
    expect((await ask(pool)).calls).toBe(1);
  });
});

describe('a crash', () => {
  it('of an instance fails the invocations in it, and the next is served', async () => {
    const pool = open({ concurrency: 3 });
    await ask(pool);
    const others = [failureOf(call(pool, '/pause', 20_000)), failureOf(call(pool, '/pause', 20_000))];
    const crash = { code: 'FUNCTION_CRASHED', received: 'ended with code 3' };
    expect(await failureOf(call(pool, '/exit', 3))).toEqual(crash);
    expect(await Promise.all(others)).toEqual([crash, crash]);
    expect((await ask(pool)).calls).toBe(1);
  });

  it('by a rejection that nobody handles is one too', async () => {
    const pool = open();
    expect(await failureOf(call(pool, '/reject', 20_000))).toEqual({
      code: 'FUNCTION_CRASHED',
      received: 'ended with code 1',
    });
  });

  it('of an invocation alone leaves the instance as it is', async () => {
    const pool = open();
    const { pid } = await ask(pool);
    const thrown = await failureOf(call(pool, '/throw'));
    expect(thrown.code).toBe('FUNCTION_CRASHED');
    expect(thrown.received).toContain('thrown by the function');
    expect(await failureOf(call(pool, '/nothing'))).toEqual({
      code: 'FUNCTION_CRASHED',
      received: 'no result',
    });
    expect((await failureOf(call(pool, '/code'))).received).toContain('could not be cloned');
    expect(await ask(pool)).toMatchObject({ pid, calls: 5 });
  });

  it('while the bundle is loaded fails the invocation that waits for it', async () => {
    const broken = await bundleOf(folder, 'broken', `throw new Error('at the start');`);
    const failure = await failureOf(call(open({ bundle: broken })));
    expect(failure).toEqual({ code: 'FUNCTION_CRASHED', received: 'ended with code 1' });
  });
});

describe('many invocations', () => {
  it('fill instances up to their concurrency, and no more instances than allowed, in the order they came', async () => {
    const pool = open({ concurrency: 2, instances: 2 });
    const runs = await Promise.all(Array.from({ length: 12 }, () => ask(pool, '/pause', 120)));
    const mostAtOnce = (some: typeof runs) =>
      Math.max(
        ...some.map(({ began }) => some.filter((run) => run.began <= began && run.ended > began).length),
      );
    const pids = [...new Set(runs.map(({ pid }) => pid))];
    expect(pids).toHaveLength(2);
    for (const pid of pids) {
      const ofOne = runs.filter((run) => run.pid === pid);
      expect(mostAtOnce(ofOne)).toBe(2);
      // Of two processes either may be the quicker; within one, nothing overtakes what came before.
      const starts = ofOne.map(({ began }) => began);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    }
  });

  it('beyond those that may wait are refused at once, with the seconds to wait; the others are served', async () => {
    const pool = open({ mostWaiting: 2 });
    const { pid } = await ask(pool);
    const taken = Array.from({ length: 3 }, () => ask(pool, '/pause', 300));
    const refused = await call(pool).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'OVERLOADED',
      details: {
        field: 'obedient',
        expected: 'at most 2 requests that wait',
        received: 'one more',
        retryAfterSeconds: 1,
      },
    });
    expect((await Promise.all(taken)).map((run) => run.pid)).toEqual([pid, pid, pid]);
    expect((await ask(pool)).calls).toBe(5);
  });

  it('that wait when the pool closes fail, and no process is left', async () => {
    const pool = open();
    const { pid } = await ask(pool);
    const waiting = Array.from({ length: 3 }, () => failureOf(call(pool, '/pause', 20_000)));
    pool.close();
    const stopped = { code: 'FUNCTION_CRASHED', received: 'the platform stops' };
    expect(await Promise.all(waiting)).toEqual([stopped, stopped, stopped]);
    expect(await failureOf(call(pool))).toEqual(stopped);
    expect(await allGone([pid])).toBe(true);
  });
});
