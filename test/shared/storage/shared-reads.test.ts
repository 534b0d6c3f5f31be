import { expect, it } from 'vitest';
import type { ObjectStore, ReadOptions, StoredObject } from '../../../shared/storage/object-store.ts';
import { sharingReads } from '../../../shared/storage/shared-reads.ts';

/** A store whose reads end when the test says so, with what the object was when they began. */
function slowStore() {
  const reads: { key: string; options: ReadOptions | undefined; end(error?: Error): void }[] = [];
  const state = { content: 'first' };
  const get = (key: string, options?: ReadOptions) =>
    new Promise<StoredObject | null>((resolve, reject) => {
      const bytes = Buffer.from(state.content);
      const info = { key, etag: state.content, size: bytes.length, lastModified: new Date(0) };
      const end = (error?: Error) => (error === undefined ? resolve({ info, bytes }) : reject(error));
      reads.push({ key, options, end });
    });
  return { reads, state, store: sharingReads({ get } as ObjectStore, 'shared/') };
}

/** Lets every callback run that can. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const etagOf = async (read: Promise<StoredObject | null>) => (await read)?.info.etag;

it('gives those who ask while a read is under way one read that begins after it', async () => {
  const { reads, state, store } = slowStore();
  const early = store.get('shared/a');
  state.content = 'second';
  const late = [store.get('shared/a'), store.get('shared/a'), store.get('shared/a')];
  expect(reads).toHaveLength(1);
  reads[0]!.end();
  await settle();
  expect(reads).toHaveLength(2);
  reads[1]!.end();
  expect(await etagOf(early)).toBe('first');
  expect(await Promise.all(late.map(etagOf))).toEqual(['second', 'second', 'second']);
});

it('begins anew for whoever asks when none is under way', async () => {
  const { reads, state, store } = slowStore();
  const first = store.get('shared/a');
  reads[0]!.end();
  await first;
  await settle();
  state.content = 'second';
  const second = store.get('shared/a');
  expect(reads).toHaveLength(2);
  reads[1]!.end();
  expect(await etagOf(second)).toBe('second');
});

it('tells a failure to those who shared the read, and to nobody after them', async () => {
  const { reads, store } = slowStore();
  const first = store.get('shared/a');
  const second = store.get('shared/a');
  reads[0]!.end(new Error('lost'));
  await expect(first).rejects.toThrow('lost');
  await settle();
  reads[1]!.end();
  expect(await etagOf(second)).toBe('first');
  await settle();
  void store.get('shared/a');
  expect(reads).toHaveLength(3);
});

it('shares neither other keys, nor other versions and parts', () => {
  const { reads, store } = slowStore();
  for (const key of ['shared/a', 'shared/b', 'beside', 'beside']) void store.get(key);
  void store.get('shared/a', { ifMatch: 'x' });
  void store.get('shared/a', { range: { start: 0, end: 1 } });
  expect(reads.map(({ key, options }) => [key, options])).toEqual([
    ['shared/a', undefined],
    ['shared/b', undefined],
    ['beside', undefined],
    ['beside', undefined],
    ['shared/a', { ifMatch: 'x' }],
    ['shared/a', { range: { start: 0, end: 1 } }],
  ]);
});
