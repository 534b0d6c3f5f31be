import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertConditionalWrites } from '../../shared/storage/conditional-writes-probe.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';

export interface OpenedStore {
  readonly store: ObjectStore;
  /** Also removes what was written, best with the whole bucket. */
  close(): Promise<void>;
}

const bytes = (text: string) => Buffer.from(text);
const text = (data: Uint8Array | undefined) => (data === undefined ? null : Buffer.from(data).toString());

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function sixteenAtOnce<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

/** Keys that clients, servers or file systems are known to mishandle. */
const trickyKeys = [
  'plain.txt',
  'nested',
  'nested/below',
  'nested//double',
  'with space and+plus',
  'percent%2Fescape%',
  'question?mark#hash&amp;',
  'quote\'"<angle>',
  'dots/../up/./here',
  'ünïcödé/日本語/🎧.tfrecord',
  'CASE',
  'case',
  'equals=and;semi,colon:@!$()*',
  `${'long/'.repeat(150)}end`,
];

/** Cases that a server of others may fail. */
const differing = {
  oneWinner: 'has one winner among sixteen writers of a new object',
  noLostUpdate: 'loses no update when writers change and write with ifMatch',
  listedAsHead: 'tells of a listed object what HEAD tells',
} as const;

/** Why a case fails: always, so that it must, or only at times, so that it is not held. */
interface Difference {
  readonly always?: string;
  readonly atTimes?: string;
}

type Differences = { readonly [Case in keyof typeof differing]?: Difference };

/** `it`, for a case that may be a known difference. */
function itUnless({ always, atTimes }: Difference = {}) {
  const test = atTimes !== undefined ? it.skip : always !== undefined ? it.fails : it;
  const known = atTimes ?? always;
  return (name: string, work: () => Promise<void>) =>
    test(known === undefined ? name : `${name} (known difference: ${known})`, work);
}

/** What a counter ends at to which each of `writers` adds one, by ifMatch and as often as it takes. */
export async function countTogether(store: ObjectStore, key: string, writers: number): Promise<number> {
  await store.put(key, bytes('0'));
  const increment = async () => {
    for (;;) {
      const found = await store.get(key);
      const next = Number(text(found!.bytes)) + 1;
      const result = await store.put(key, bytes(String(next)), { ifMatch: found!.info.etag });
      if (result.written) return;
    }
  };
  await Promise.all(Array.from({ length: writers }, increment));
  return Number(text((await store.get(key))?.bytes));
}

/** What every `ObjectStore` must do, whatever stands behind it. `open` gives a bucket; other keys in it are left alone. */
export function objectStoreContract(
  name: string,
  open: () => Promise<OpenedStore>,
  differences: Differences = {},
): void {
  describe(`the object store contract over ${name}`, () => {
    let opened: OpenedStore | undefined;
    let store: ObjectStore;
    /** A prefix for this run, so that a bucket may be used again. */
    const at = `contract-${randomUUID()}/`;

    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(async () => {
      await opened?.close();
    });

    it('gives null for an object that is not there', async () => {
      expect(await store.head(`${at}absent`)).toBeNull();
      expect(await store.get(`${at}absent`)).toBeNull();
      expect(await store.stream(`${at}absent`)).toBeNull();
    });

    it('gives back what was written, by get, head and stream', async () => {
      const key = `${at}round-trip`;
      const content = Buffer.from(Uint8Array.from({ length: 600_000 }, (_, i) => (i * 31) & 0xff));
      const before = Date.now();
      const result = await store.put(key, content, { contentType: 'application/x-tfrecord' });
      const found = await store.get(key);
      expect(content.equals(found?.bytes ?? bytes(''))).toBe(true);
      expect(result).toEqual({ written: true, etag: found?.info.etag });
      expect(found?.info).toMatchObject({ key, size: content.length });
      expect(found?.info.etag).toMatch(/^[^"]+$/);
      expect(Math.abs((found?.info.lastModified.getTime() ?? 0) - before)).toBeLessThan(30_000);
      expect(await store.head(key)).toEqual(found?.info);
      const streamed = await store.stream(key);
      expect(streamed?.info).toEqual(found?.info);
      expect(content.equals(Buffer.concat(await collect(streamed!.chunks)))).toBe(true);
    });

    it('keeps an empty object', async () => {
      const key = `${at}empty`;
      await store.put(key, bytes(''));
      expect((await store.get(key))?.bytes.length).toBe(0);
      expect((await store.head(key))?.size).toBe(0);
      expect(await collect((await store.stream(key))!.chunks)).toEqual([]);
    });

    it('tells versions apart by their ETag', async () => {
      const key = `${at}versions`;
      await store.put(key, bytes('one'));
      const first = await store.head(key);
      await store.put(key, bytes('two'));
      const second = await store.head(key);
      expect(second?.etag).not.toBe(first?.etag);
      expect(await store.get(key, { ifMatch: first!.etag })).toBeNull();
      expect(await store.stream(key, { ifMatch: first!.etag })).toBeNull();
      expect(text((await store.get(key, { ifMatch: second!.etag }))?.bytes)).toBe('two');
    });

    it('reads a range of bytes, both ends included, and still tells the size of the whole', async () => {
      const key = `${at}range`;
      await store.put(key, bytes('0123456789'));
      const part = await store.get(key, { range: { start: 2, end: 5 } });
      expect(text(part?.bytes)).toBe('2345');
      expect(part?.info.size).toBe(10);
      const tail = await store.stream(key, { range: { start: 7, end: 100 } });
      expect(Buffer.concat(await collect(tail!.chunks)).toString()).toBe('789');
      await expect(store.get(key, { range: { start: 10, end: 12 } })).rejects.toMatchObject({
        code: 'STORE_FAILED',
        details: { file: key },
      });
    });

    it('takes keys as they are, and lists them as they are', async () => {
      const prefix = `${at}keys/`;
      for (const key of trickyKeys) await store.put(prefix + key, bytes(key));
      for (const key of trickyKeys) expect(text((await store.get(prefix + key))?.bytes)).toBe(key);
      const listed = (await collect(store.list(prefix))).map(({ key }) => key.slice(prefix.length));
      expect([...listed].sort()).toEqual([...trickyKeys].sort());
      for (const key of trickyKeys) await store.delete(prefix + key);
      expect(await collect(store.list(prefix))).toEqual([]);
    });

    it('lists every object below a prefix over several pages, in the order of the UTF-8 bytes', async () => {
      const prefix = `${at}pages/`;
      // U+FF5E sorts after U+1F3A7 by UTF-16 code units, and before it by UTF-8 bytes.
      const odd = ['\u{1f3a7}', '\uff5e', 'é', 'Z', 'a', 'a/b', 'a-b', '~'];
      const keys = [...odd, ...Array.from({ length: 1_003 }, (_, i) => `n${i}`)].map((key) => prefix + key);
      await sixteenAtOnce(keys, (key) => store.put(key, bytes('x')));
      await store.put(`${at}pages`, bytes('beside the prefix'));
      const listed: ObjectInfo[] = await collect(store.list(prefix));
      const expected = keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(listed.map(({ key }) => key)).toEqual(expected);
    });

    itUnless(differences.listedAsHead)(differing.listedAsHead, async () => {
      const key = `${at}listed`;
      await store.put(key, bytes('x'));
      expect(await collect(store.list(key))).toEqual([await store.head(key)]);
    });

    it('deletes, also what is not there', async () => {
      const key = `${at}deleted`;
      await store.put(key, bytes('x'));
      await store.delete(key);
      expect(await store.head(key)).toBeNull();
      await store.delete(key);
    });

    it('writes with ifAbsent only where nothing is', async () => {
      const key = `${at}if-absent`;
      expect(await store.put(key, bytes('first'), { ifAbsent: true })).toMatchObject({ written: true });
      expect(await store.put(key, bytes('second'), { ifAbsent: true })).toEqual({ written: false });
      expect(text((await store.get(key))?.bytes)).toBe('first');
    });

    it('writes with ifMatch only over that version', async () => {
      const key = `${at}if-match`;
      expect(await store.put(key, bytes('x'), { ifMatch: '0'.repeat(32) })).toEqual({ written: false });
      await store.put(key, bytes('one'));
      const one = await store.head(key);
      expect(await store.put(key, bytes('two'), { ifMatch: one!.etag })).toMatchObject({ written: true });
      expect(await store.put(key, bytes('three'), { ifMatch: one!.etag })).toEqual({ written: false });
      expect(text((await store.get(key))?.bytes)).toBe('two');
    });

    itUnless(differences.oneWinner)(differing.oneWinner, async () => {
      const key = `${at}race`;
      const writers = Array.from({ length: 16 }, (_, i) => `writer ${i}`);
      const results = await Promise.all(
        writers.map((writer) => store.put(key, bytes(writer), { ifAbsent: true })),
      );
      const winners = writers.filter((_, i) => results[i]?.written);
      expect(winners).toHaveLength(1);
      expect(text((await store.get(key))?.bytes)).toBe(winners[0]);
    });

    itUnless(differences.noLostUpdate)(differing.noLostUpdate, async () => {
      expect(await countTogether(store, `${at}counter`, 8)).toBe(8);
    });

    it('writes a large object in parts, with its condition', { timeout: 120_000 }, async () => {
      const key = `${at}large`;
      const content = Buffer.alloc(66 * 1024 * 1024);
      for (let i = 0; i < content.length; i += 4096) content.writeUInt32LE(i, i);
      const written = await store.put(key, content, { ifAbsent: true });
      const info = await store.head(key);
      expect(written).toEqual({ written: true, etag: info?.etag });
      expect(info?.size).toBe(content.length);
      expect(await store.put(key, content, { ifAbsent: true })).toEqual({ written: false });
      expect(await store.put(key, content, { ifMatch: '0'.repeat(32) })).toEqual({ written: false });
      const streamed = await store.stream(key);
      let position = 0;
      for await (const chunk of streamed!.chunks) {
        expect(content.subarray(position, position + chunk.length).equals(chunk)).toBe(true);
        position += chunk.length;
      }
      expect(position).toBe(content.length);
    });

    it('passes the probe of conditional writes, which leaves nothing behind', async () => {
      await assertConditionalWrites(store, `${at}probe/x`);
      expect(await collect(store.list(`${at}probe/`))).toEqual([]);
    });
  });
}
