import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateSyntheticSet } from '../../../../infra/local/synthetic/generate-synthetic-set.ts';
import { writeSyntheticSet } from '../../../../infra/local/synthetic/write-synthetic-set.ts';
import type { Clip } from '../../../../shared/dataset/clip-table.ts';
import { parseLabelList } from '../../../../shared/dataset/label-list.ts';
import { inspectFile } from '../../../../shared/validation/inspect-file.ts';
import { uploadLimits } from '../../../../shared/validation/limits.ts';

const set = generateSyntheticSet({ seed: 3, trainClips: 300, evalClips: 200 });
const rules = { width: 128, maxFrames: 10, dtype: 'uint8', ...uploadLimits } as const;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-synthetic-'));
  await writeSyntheticSet(path.join(folder, 'set'), set);
});
afterAll(() => rm(folder, { recursive: true }));

async function readSplit(split: string) {
  const names = await readdir(path.join(folder, 'set', split));
  const clips: Clip[] = [];
  const compressions = new Map<string, string>();
  for (const name of names) {
    for await (const item of inspectFile(
      createReadStream(path.join(folder, 'set', split, name)),
      rules,
      name,
    )) {
      expect(item.anomalies).toEqual([]);
      if (item.kind === 'clip') clips.push(item.clip);
      if (item.kind === 'end') compressions.set(name, item.compression);
    }
  }
  return { names, clips, compressions };
}

const byId = (clips: readonly Clip[]) => [...clips].sort((a, b) => (a.id < b.id ? -1 : 1));

it.each([
  ['bal_train', set.train],
  ['eval', set.eval],
] as const)(
  'writes every clip of %s as it is, in files that validation finds nothing wrong with',
  async (split, expected) => {
    const { clips } = await readSplit(split);
    expect(byId(clips)).toEqual(byId(expected));
  },
);

it('writes 16 files a split, a quarter of them as GZIP, named apart even where case is ignored', async () => {
  for (const split of ['bal_train', 'eval']) {
    const { names, compressions } = await readSplit(split);
    expect(names).toHaveLength(16);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(16);
    for (const [name, compression] of compressions) {
      expect(name).toMatch(/^[a-z0-9]\.tfrecord(\.gz)?$/);
      expect(compression).toBe(name.endsWith('.gz') ? 'gzip' : 'none');
    }
    expect([...compressions.values()].filter((compression) => compression === 'gzip')).toHaveLength(4);
  }
});

it('writes the label list that the clips refer to', async () => {
  const csv = await readFile(path.join(folder, 'set', 'labels.csv'), 'utf8');
  expect(parseLabelList(csv, 'labels.csv')).toEqual(set.labels);
});

it('writes the same files again over those of an earlier run', async () => {
  const before = await readFile(path.join(folder, 'set', 'eval', 'a.tfrecord'));
  await writeSyntheticSet(path.join(folder, 'set'), set);
  expect(await readFile(path.join(folder, 'set', 'eval', 'a.tfrecord'))).toEqual(before);
  expect((await readSplit('eval')).clips).toHaveLength(200);
});
