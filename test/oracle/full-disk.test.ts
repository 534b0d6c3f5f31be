import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EventDispatcher } from '../../infra/local/events/event-dispatcher.ts';
import { Outbox } from '../../infra/local/events/outbox.ts';
import { startObjectStore } from '../../infra/local/object-store/start-object-store.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import {
  accessKeyId,
  bucket,
  secretAccessKey,
  settingsFor,
} from '../fixtures/object-store/temporary-store.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'earshot-full-'));
const mounted = mountSmallDisk();
const reason = mounted ? '' : ' (skipped: no tmpfs can be mounted here)';

/** Whether it could: that takes root, and more than most containers allow. */
function mountSmallDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function start() {
  const outbox = await Outbox.open(path.join(folder, 'events'));
  const outlet = new EventDispatcher({
    subscriptions: [{ functionName: 'note', event: { prefix: '', operation: 'all' } }],
    outbox,
    invoke: async () => ({ statusCode: 200, headers: {}, body: {} }),
    onDeadLetter: () => {},
  });
  const server = await startObjectStore({
    root: path.join(folder, 'store'),
    port: 0,
    accessKeyId,
    secretAccessKey,
    buckets: [bucket],
    outlet,
  });
  const close = async () => {
    await server.close();
    await outlet.idle();
    await outlet.stop();
    await outbox.close();
  };
  return { store: openCosObjectStore(settingsFor(server.url)), close };
}

afterAll(() => {
  if (mounted) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
});

describe.skipIf(!mounted)(`a disk of 8 MB below store and journal${reason}`, () => {
  const acknowledged = new Map<string, number>();
  let running: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    running = await start();
  });
  afterAll(() => running.close());

  it('takes what it has room for and refuses the rest as STORE_FULL, large and small', async () => {
    // Down to pages, so that also the journal finds none.
    for (const size of [3_000_000, 300_000, 9000, 1]) {
      for (let i = 0; i < 2000; i++) {
        const key = `${size}/${i}`;
        const failure = await running.store.put(key, Buffer.alloc(size, i)).then(
          () => null,
          (error: unknown) => error,
        );
        if (failure === null) acknowledged.set(key, i);
        else {
          expect(failure).toMatchObject({ code: 'STORE_FULL', details: { file: key } });
          break;
        }
        expect(i).toBeLessThan(1999);
      }
    }
    expect(acknowledged.size).toBeGreaterThan(5);
  });

  it('has all that was acknowledged and nothing else, also after a restart, and takes more once there is room', async () => {
    const held = async () => {
      const found = new Map<string, number>();
      for await (const { key, size } of running.store.list('')) {
        const bytes = (await running.store.get(key))!.bytes;
        expect(bytes.length).toBe(size);
        expect(`${size}`).toBe(key.split('/')[0]);
        found.set(key, bytes[0]!);
      }
      return found;
    };
    const sorted = (map: Map<string, number>) => [...map].map(([key, i]) => [key, i % 256]).sort();
    expect(sorted(await held())).toEqual(sorted(acknowledged));
    execFileSync('mount', ['-o', 'remount,size=16m', folder]);
    await running.close();
    running = await start();
    expect(sorted(await held())).toEqual(sorted(acknowledged));
    await running.store.put('3000000/more', Buffer.alloc(3_000_000));
    expect((await running.store.head('3000000/more'))?.size).toBe(3_000_000);
  });
});
