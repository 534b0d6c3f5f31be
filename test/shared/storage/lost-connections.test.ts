import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCosClient } from '../../../shared/storage/cos-client.ts';
import { putInParts } from '../../../shared/storage/cos-multipart.ts';
import { type CosSettings, openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { type Cut, startCuttingProxy } from '../../fixtures/object-store/cutting-proxy.ts';
import {
  settingsFor,
  startTemporaryStore,
  type TemporaryStore,
} from '../../fixtures/object-store/temporary-store.ts';

const content = Buffer.alloc(2_000_000);
for (let i = 0; i + 4 <= content.length; i += 4) content.writeUInt32LE(i, i);

let local: TemporaryStore;
beforeAll(async () => {
  local = await startTemporaryStore();
});
afterAll(() => local.remove());

/** Runs with a store whose connections are cut as `cutFor` says. */
async function overNetwork<T>(
  cutFor: (connection: number) => Cut,
  run: (settings: CosSettings, connections: () => number) => Promise<T>,
  loseAnswerTo: RegExp | null = null,
): Promise<T> {
  const proxy = await startCuttingProxy(local.server.url, cutFor, loseAnswerTo);
  try {
    return await run(settingsFor(proxy.url), proxy.connections);
  } finally {
    await proxy.close();
  }
}

const direct = () => openCosObjectStore(local.settings);
const collect = async (chunks: AsyncIterable<Uint8Array>) => {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return Buffer.concat(pieces);
};

it('goes on streaming where the connection was lost, as often as bytes still come', async () => {
  await direct().put('streamed', content);
  const cut = (connection: number) => (connection < 7 ? { afterBytes: 200_000 } : null);
  await overNetwork(cut, async (settings, connections) => {
    const found = await openCosObjectStore(settings).stream('streamed');
    expect((await collect(found!.chunks)).equals(content)).toBe(true);
    expect(connections()).toBe(8);
  });
});

it('goes on with the rest of a range alone', async () => {
  await direct().put('ranged', content);
  const range = { start: 1_000, end: 900_000 };
  await overNetwork(
    (connection) => (connection === 0 ? { afterBytes: 300_000 } : null),
    async (settings) => {
      const found = await openCosObjectStore(settings).stream('ranged', { range });
      expect((await collect(found!.chunks)).equals(content.subarray(1_000, 900_001))).toBe(true);
    },
  );
});

it('does not mix two versions when the object changes while it is streamed', async () => {
  await direct().put('changing', content);
  await overNetwork(
    (connection) => (connection === 0 ? { afterBytes: 300_000 } : null),
    async (settings) => {
      const found = await openCosObjectStore(settings).stream('changing');
      const chunks = found!.chunks[Symbol.asyncIterator]();
      await chunks.next();
      await direct().put('changing', Buffer.alloc(content.length, 'another'));
      const rest = async () => {
        for (let step = await chunks.next(); step.done !== true; step = await chunks.next());
      };
      await expect(rest()).rejects.toMatchObject({ code: 'STORE_FAILED', details: { file: 'changing' } });
    },
  );
});

it('gives up streaming when no byte comes any more', async () => {
  await direct().put('stuck', content);
  await overNetwork(
    (connection) => ({ afterBytes: connection === 0 ? 300_000 : 0 }),
    async (settings) => {
      const found = await openCosObjectStore(settings).stream('stuck');
      await expect(collect(found!.chunks)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    },
  );
}, 120_000);

it('gives its connection back when a stream is left before its end', async () => {
  await direct().put('left', content);
  await overNetwork(
    () => null,
    async (settings) => {
      const store = openCosObjectStore(settings);
      for (let i = 0; i < 70; i++) {
        const found = await store.stream('left');
        for await (const chunk of found!.chunks) {
          expect(chunk.length).toBeGreaterThan(0);
          break;
        }
      }
      expect((await store.head('left'))?.size).toBe(content.length);
    },
  );
});

it('repeats get and list whose answer was cut in the middle', async () => {
  await direct().put('cut/get', content);
  await overNetwork(
    (connection) => (connection === 0 ? { afterBytes: 300_000 } : null),
    async (settings) => {
      const found = await openCosObjectStore(settings).get('cut/get');
      expect(content.equals(found!.bytes)).toBe(true);
    },
  );
  await overNetwork(
    (connection) => (connection === 0 ? { afterBytes: 400 } : null),
    async (settings, connections) => {
      const keys: string[] = [];
      for await (const { key } of openCosObjectStore(settings).list('cut/')) keys.push(key);
      expect(keys).toEqual(['cut/get']);
      expect(connections()).toBe(2);
    },
  );
});

it('knows its own write when only the answer to it was lost', async () => {
  await overNetwork(
    (connection) => (connection === 0 ? { afterBytes: 0 } : null),
    async (settings, connections) => {
      const store = openCosObjectStore(settings);
      const result = await store.put('answer-lost', Buffer.from('mine'), { ifAbsent: true });
      expect(connections()).toBe(2);
      expect(result).toEqual({ written: true, etag: (await direct().head('answer-lost'))?.etag });
    },
  );
});

it('does not take the write of another for its own', async () => {
  await direct().put('contested', Buffer.from('theirs'));
  await overNetwork(
    (connection) => (connection === 0 ? { afterBytes: 0 } : null),
    async (settings, connections) => {
      const result = await openCosObjectStore(settings).put('contested', Buffer.from('mine'), {
        ifAbsent: true,
      });
      expect(connections()).toBe(2);
      expect(result).toEqual({ written: false });
    },
  );
});

it('knows its own multipart upload when only the answer to its completion was lost', async () => {
  const run = async (settings: CosSettings) => {
    const ifMatch = { spelling: 'quoted' } as const;
    const remote = { client: createCosClient(settings), name: settings.bucket, ifMatch };
    const result = await putInParts(remote, 'in parts', content, { ifAbsent: true });
    const info = await direct().head('in parts');
    expect(info).toMatchObject({ size: content.length, etag: expect.stringMatching(/-1$/) });
    expect(result).toEqual({ written: true, etag: info?.etag });
  };
  await overNetwork(() => null, run, /^POST \S+uploadId=/m);
});
