import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConvertOptions } from '../../../../infra/commands/convert/convert-options.ts';
import { sourceOfClip } from '../../../../shared/dataset/source-of-clip.ts';
import { splitOfClip } from '../../../../shared/dataset/split-of-clip.ts';
import { converting, labelFile } from '../../../fixtures/converted.ts';
import { npyFile } from '../../../fixtures/numpy-files.ts';

const { write, convert, inFolder } = converting();
const clips = 200;
const array = npyFile(
  '|u1',
  [clips, 2, 4],
  Uint8Array.from({ length: clips * 8 }, (_, i) => i % 256),
);
/** Clips of forty recordings, five each. */
const lines = Array.from(
  { length: clips },
  (_, i) => `clip-${i},${i % 3 ? 'dog' : 'cat'},recording-${i % 40}`,
);

describe('the split', () => {
  it('keeps the clips of a source together, as the pipeline would, and is the same again', async () => {
    await write('e.npy', array);
    await write('labels.csv', labelFile('id,labels,source', ...lines));
    const first = await convert('e.npy', { 'eval-share': '0.3' });
    const sides = new Map<string, Set<string>>();
    for (const { id, split } of first.clips.values()) {
      expect(split).toBe(splitOfClip(id, 0.3));
      const source = sourceOfClip(id);
      sides.set(source, (sides.get(source) ?? new Set()).add(split));
    }
    expect(sides.size).toBe(40);
    expect([...sides.values()].every((splits) => splits.size === 1)).toBe(true);
    expect(first.report.clips.eval).toBeGreaterThan(20);
    expect(first.report.clips.eval).toBeLessThan(100);
    const again = await convert('e.npy', { 'eval-share': '0.3', force: true });
    expect([...again.clips.values()]).toEqual([...first.clips.values()]);
  });

  it('is what the label file says, but not both for one source', async () => {
    await write('e.npy', array);
    const said = lines.map((line, i) => `${line},${i % 40 < 30 ? 'train' : 'eval'}`);
    await write('labels.csv', labelFile('id,labels,source,split', ...said));
    expect((await convert('e.npy')).report.clips).toEqual({ train: 150, eval: 50 });
    said[45] = said[45]!.replace('train', 'eval');
    await write('labels.csv', labelFile('id,labels,source,split', ...said));
    await expect(convert('e.npy', { force: true })).rejects.toMatchObject({
      code: 'CLIPS_UNMATCHED',
      details: { record: 45, field: 'split', expected: expect.stringContaining('recording-5') },
    });
  });
});

describe('a converted folder', () => {
  it('has files of a bounded size under its own name, and nothing else', async () => {
    await write('e.npy', array);
    await write('labels.csv', labelFile('id,labels,source', ...lines));
    const { folder, report } = await convert('e.npy', { 'shard-megabytes': '0.005' });
    expect((await readdir(folder)).sort()).toEqual(['dataset.json', 'eval', 'labels.csv', 'train']);
    const names = await readdir(path.join(folder, 'train'));
    expect(names.length).toBeGreaterThan(3);
    expect(report.files).toBe(names.length + (await readdir(path.join(folder, 'eval'))).length);
    for (const name of names) {
      expect(name).toMatch(/^out-\d{5}\.tfrecord$/);
      expect((await readFile(path.join(folder, 'train', name))).length).toBeLessThanOrEqual(5000);
    }
  });

  it('is not written over, unless it is one and that is asked for', async () => {
    await write('e.npy', array);
    await write('labels.csv', labelFile('id,labels,source', ...lines));
    await convert('e.npy');
    await expect(convert('e.npy')).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: '--output', expected: expect.stringContaining('--force') },
    });
    const elsewhere = { output: inFolder('.'), force: true };
    await expect(convert('e.npy', elsewhere)).rejects.toMatchObject({
      details: { expected: 'a new folder' },
    });
  });

  it.each([
    ['more labels than clips', lines.concat('one,dog,more'), '200 lines, one for each clip', '201'],
    ['fewer labels than clips', lines.slice(0, 199), 'a line of', '199 lines'],
  ])('is not made of %s where their places must tell', async (_, rows, expected, received) => {
    await write('e.npy', array);
    await write('labels.csv', labelFile('id,labels,source', ...rows));
    await expect(convert('e.npy')).rejects.toMatchObject({
      code: 'CLIPS_UNMATCHED',
      details: { expected: expect.stringContaining(expected), received },
    });
  });

  it('is made of several arrays, one behind the other', async () => {
    await write('a.npy', npyFile('|u1', [1, 2, 4], new Uint8Array(8).fill(1)));
    await write('b.npy', npyFile('|u1', [2, 1, 4], new Uint8Array(8).fill(2)));
    await write('labels.csv', labelFile('id,labels', 'x,dog', 'y,dog', 'z,cat'));
    const made = await convert(['a.npy', 'b.npy']);
    expect(made.clips.get('x')!.frames).toEqual(new Uint8Array(8).fill(1));
    expect(made.clips.get('z')!.frames).toEqual(new Uint8Array(4).fill(2));
    await write('c.npy', npyFile('|u1', [2, 1, 5], new Uint8Array(10)));
    await expect(convert(['a.npy', 'c.npy'], { force: true })).rejects.toMatchObject({
      code: 'ARRAY_UNUSABLE',
      details: { expected: expect.stringMatching(/^4 values a frame, as in .*a\.npy$/), received: '5' },
    });
  });
});

describe('the options', () => {
  const asked = { embeddings: ['e.npy'], labels: 'l.csv', output: 'out' };
  it.each([
    [{ embeddings: undefined }, 'data convert', 'nothing'],
    [{ labels: undefined }, '--labels', 'nothing'],
    [{ output: '' }, '--output', 'nothing'],
    [{ values: 'floats' }, '--values', '"floats"'],
    [{ unlabelled: 'drop' }, '--unlabelled', '"drop"'],
    [{ 'eval-share': '1' }, '--eval-share', '"1"'],
    [{ width: '1.5' }, '--width', '"1.5"'],
    [{ 'frame-seconds': '' }, '--frame-seconds', '""'],
    [{ 'shard-megabytes': '4096' }, '--shard-megabytes', '"4096"'],
  ])('%j are refused', (changes, field, received) => {
    const given = Object.fromEntries(
      Object.entries({ ...asked, ...changes }).filter(([, v]) => v !== undefined),
    );
    expect(() => parseConvertOptions(given)).toThrow(
      expect.objectContaining({ code: 'USAGE', details: expect.objectContaining({ field, received }) }),
    );
  });
});
