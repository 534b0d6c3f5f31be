import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { runKeys } from '../../../shared/dataset/keys.ts';
import { type RunStatus, runPhases, runStatusSchema } from '../../../shared/runs/documents.ts';
import { Heartbeat } from '../../../shared/runs/heartbeat.ts';
import { jsonAt } from '../../fixtures/object-store/contents.ts';
import { type FreshBucket, freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { watchedStore } from '../../fixtures/object-store/watched-store.ts';

const freshBucket = freshBuckets();
const { status: key } = runKeys('run');
const statusOf = async (store: FreshBucket) => runStatusSchema.parse(await jsonAt<RunStatus>(store, key));
const never = 3600_000;
const eventually = <T>(check: () => T) => vi.waitFor(check, { timeout: 10_000 });

describe('the heartbeat of a run', () => {
  it('writes nothing before it starts', async () => {
    const store = await freshBucket();
    const heartbeat = new Heartbeat(store, 'run', 2, 10);
    heartbeat.note({ engine: 'wasm' });
    await delay(40);
    expect(store.changes()).toEqual([]);
    heartbeat.start();
    await heartbeat.end({});
    expect(await statusOf(store)).toMatchObject({
      run: 'run',
      phase: 'starting',
      attempt: 2,
      engine: 'wasm',
      error: null,
    });
  });

  it('writes a change of phase at once', async () => {
    const store = await freshBucket();
    const heartbeat = new Heartbeat(store, 'run', 1, never);
    heartbeat.start();
    heartbeat.note({ phase: 'training', steps: 10 });
    await eventually(async () => expect((await statusOf(store)).phase).toBe('training'));
    await heartbeat.end({ phase: 'completed' });
    expect((await statusOf(store)).phase).toBe('completed');
  });

  it('writes other changes with the next beat', async () => {
    const store = await freshBucket();
    const heartbeat = new Heartbeat(store, 'run', 1, 50);
    heartbeat.note({ phase: 'training', steps: 10 });
    heartbeat.start();
    heartbeat.note({ step: 3, loss: 0.5 });
    await eventually(async () =>
      expect(await statusOf(store)).toMatchObject({ step: 3, loss: 0.5, steps: 10 }),
    );
    await heartbeat.end({});
  });

  it('goes on beating when nothing changes', async () => {
    const store = await freshBucket();
    const heartbeat = new Heartbeat(store, 'run', 1, 20);
    heartbeat.start();
    await eventually(() => expect(store.changes().length).toBeGreaterThan(3));
    await heartbeat.end({});
  });

  it('writes one status at a time, and after it the newest only', async () => {
    const store = await freshBucket();
    const release: (() => void)[] = [];
    let writes = 0;
    const slow = watchedStore(store, () => {
      writes++;
      return new Promise<void>((resolve) => release.push(resolve));
    });
    const heartbeat = new Heartbeat(slow, 'run', 1, never);
    heartbeat.start();
    await eventually(() => expect(writes).toBe(1));
    for (const phase of runPhases) heartbeat.note({ phase, step: 7 });
    const ended = heartbeat.end({ phase: 'completed' });
    await delay(20);
    expect(writes).toBe(1);
    release[0]!();
    await eventually(() => expect(writes).toBe(2));
    release[1]!();
    await ended;
    expect(writes).toBe(2);
    expect(await statusOf(store)).toMatchObject({ phase: 'completed', step: 7 });
  });

  it('once stopped writes nothing more, not even what was waiting', async () => {
    const store = await freshBucket();
    let goOn = () => {};
    const slow = watchedStore(
      store,
      () =>
        new Promise<void>((resolve) => {
          goOn = resolve;
        }),
    );
    const heartbeat = new Heartbeat(slow, 'run', 1, 10);
    heartbeat.start();
    await delay(5);
    heartbeat.note({ phase: 'training' });
    const stopped = heartbeat.stop();
    goOn();
    await stopped;
    const changes = store.changes();
    await delay(50);
    expect(store.changes()).toEqual(changes);
    expect((await statusOf(store)).phase).toBe('starting');
  });

  it('lives through a store that fails', async () => {
    const store = await freshBucket();
    let failures = 0;
    const failing = watchedStore(store, () => {
      failures++;
      if (failures < 4) throw new Error('no network');
    });
    const heartbeat = new Heartbeat(failing, 'run', 1, 10);
    const lines = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    heartbeat.start();
    await eventually(() => expect(failures).toBeGreaterThan(3));
    await heartbeat.end({ phase: 'completed' });
    expect((await statusOf(store)).phase).toBe('completed');
    expect(lines).toHaveBeenCalledTimes(3);
    expect(lines.mock.lastCall?.[0]).toMatch(/heartbeat-lost.*no network/);
    lines.mockRestore();
  });

  it('does not keep the process up by its clock', async () => {
    const store = await freshBucket();
    const clocks = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = clocks();
    const heartbeat = new Heartbeat(store, 'run', 1, never);
    heartbeat.start();
    expect(clocks()).toBe(before);
    await heartbeat.end({});
  });
});
