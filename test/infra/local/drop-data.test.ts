import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from '../../../infra/local/data-files.ts';
import { dropData } from '../../../infra/local/drop-data.ts';
import type { Reporter } from '../../../infra/local/reporter.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';

let folder: string;
let local: TemporaryStore;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-drop-'));
  local = await startTemporaryStore();
});
afterAll(async () => {
  await local.remove();
  await rm(folder, { recursive: true });
});

const { signal } = new AbortController();

/** Keeps what is said about progress. */
function listening(): { reporter: Reporter; said: string[] } {
  const said: string[] = [];
  const progress = { update: () => {}, end: (note: string) => said.push(note) };
  const reporter = { say: () => {}, warn: () => {}, fail: () => {}, progress: () => progress };
  return { reporter, said };
}

async function source(name: string, files: Readonly<Record<string, string>>): Promise<DataSource> {
  const root = path.join(folder, name);
  await mkdir(root, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(path.join(root, file), content);
  return { dataset: null, split: null, path: root };
}

it('every file of every source is in the bucket with its bytes', async () => {
  const store = openCosObjectStore(local.settings);
  const { reporter, said } = listening();
  const sources = [
    await source('bal_train', { '1.tfrecord': 'bal', '2.tfrecord': 'bal too' }),
    await source('unbal_train', { '1.tfrecord': 'unbal' }),
    await source('clips', { '1.tfrecord': 'other' }),
  ];
  expect(await dropData(store, sources, reporter, signal)).toEqual({ dataset: 'audioset', ceiling: null });
  const found: [string, string][] = [];
  for await (const { key } of store.list('')) {
    found.push([key, Buffer.from((await store.get(key))?.bytes ?? []).toString()]);
  }
  expect(found).toEqual([
    ['incoming/audioset/all/1.tfrecord', 'other'],
    ['incoming/audioset/train/bal_train/1.tfrecord', 'bal'],
    ['incoming/audioset/train/bal_train/2.tfrecord', 'bal too'],
    ['incoming/audioset/train/unbal_train/1.tfrecord', 'unbal'],
  ]);
  expect(said).toHaveLength(3);
  expect(said[0]).toMatch(/^2 files, 0\.0 MB of .*bal_train in \d/);
});

it('a file that would take the place of another is refused, not dropped over it', async () => {
  const store = openCosObjectStore(local.settings);
  const sources = [
    await source('a/clips', { 'x.tfrecord': 'first' }),
    await source('b/clips', { 'x.tfrecord': 'second' }),
  ];
  await expect(dropData(store, sources, listening().reporter, signal)).rejects.toMatchObject({
    code: 'USAGE',
    details: { field: '--data', received: expect.stringContaining('all/x.tfrecord') },
  });
  const kept = await store.get('incoming/audioset/all/x.tfrecord');
  expect(Buffer.from(kept!.bytes).toString()).toBe('first');
});

it('an interruption ends it before the next file', async () => {
  const store = openCosObjectStore(local.settings);
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.tfrecord`, 'x']));
  const controller = new AbortController();
  const { reporter } = listening();
  const progress = { update: () => controller.abort(new Error('enough')), end: () => {} };
  const sources = [await source('many', files)];
  const dropping = dropData(store, sources, { ...reporter, progress: () => progress }, controller.signal);
  await expect(dropping).rejects.toThrow('enough');
});
