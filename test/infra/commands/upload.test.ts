import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseUploadArguments, upload } from '../../../infra/commands/upload-command.ts';
import { etagOf } from '../../../infra/commands/upload-plan.ts';
import { largestSinglePut, partSize } from '../../../shared/storage/cos-multipart.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { clipsNamed, fileOfClips } from '../../fixtures/uploads.ts';
import { xzStream } from '../../fixtures/xz-stream.ts';

const freshBucket = freshBuckets();
const silent = {
  say: () => {},
  warn: () => {},
  fail: () => {},
  progress: () => ({ update: () => {}, end: () => {}, abandon: () => {} }),
};
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-upload-'));
  for (const [split, name] of [
    ['bal_train', 'a.tfrecord'],
    ['bal_train', 'b.tfrecord'],
    ['eval', 'a.tfrecord'],
  ] as const) {
    await mkdir(path.join(folder, split), { recursive: true });
    await writeFile(path.join(folder, split, name), fileOfClips(clipsNamed(`${split}${name}`, 3)));
  }
});
afterEach(() => rm(folder, { recursive: true }));

const keysOf = async (store: ObjectStore) => {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
};

describe('upload', () => {
  it('puts each file below its split, and a second time nothing', async () => {
    const bucket = await freshBucket();
    const asked = parseUploadArguments([folder], false);
    expect(await upload(bucket, asked, silent)).toMatchObject({
      dataset: 'audioset',
      uploaded: 3,
      unchanged: 0,
    });
    expect(await keysOf(bucket)).toEqual([
      'incoming/audioset/eval/a.tfrecord',
      'incoming/audioset/train/bal_train/a.tfrecord',
      'incoming/audioset/train/bal_train/b.tfrecord',
    ]);
    const before = bucket.changes().length;
    expect(await upload(bucket, asked, silent)).toMatchObject({ uploaded: 0, unchanged: 3, bytes: 0 });
    expect(bucket.changes()).toHaveLength(before);
  });

  it('goes on where it was broken off, and sends what has changed', async () => {
    const bucket = await freshBucket();
    await upload(bucket, parseUploadArguments([path.join(folder, 'eval'), 'audioset/eval'], false), silent);
    await writeFile(path.join(folder, 'eval/a.tfrecord'), fileOfClips(clipsNamed('other', 3)));
    expect(await upload(bucket, parseUploadArguments([folder], false), silent)).toMatchObject({
      uploaded: 3,
      unchanged: 0,
    });
  });

  it('only says what it would do in a dry run', async () => {
    const bucket = await freshBucket();
    const report = await upload(bucket, parseUploadArguments([folder, 'mine'], true), silent);
    expect(report).toMatchObject({ dataset: 'mine', uploaded: 3, dryRun: true });
    expect(report.bytes).toBeGreaterThan(3 * 3 * 1280);
    expect(await keysOf(bucket)).toEqual([]);
  });

  it('takes single files, as a shell expands them, to a named split', async () => {
    const bucket = await freshBucket();
    const files = ['a', 'b'].map((name) => path.join(folder, 'bal_train', `${name}.tfrecord`));
    await upload(bucket, parseUploadArguments([...files, 'mine/all'], false), silent);
    expect(await keysOf(bucket)).toEqual([
      'incoming/mine/all/bal_train/a.tfrecord',
      'incoming/mine/all/bal_train/b.tfrecord',
    ]);
  });

  it('names what it cannot read', async () => {
    const bucket = await freshBucket();
    const missing = path.join(folder, 'none');
    await expect(upload(bucket, parseUploadArguments([missing], false), silent)).rejects.toMatchObject({
      code: 'DATA_UNREADABLE',
      details: { file: missing },
    });
    expect(() => parseUploadArguments([], false)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('names a split that there is not, before it looks at any data', () => {
    const split = { field: 'split', expected: 'train, eval or all', received: '"test"' };
    expect(() => parseUploadArguments(['no-such-folder', 'mine/test'], false)).toThrow(
      expect.objectContaining({ code: 'USAGE', details: split }),
    );
    expect(() => parseUploadArguments(['no-such-folder', 'mine/trian'], false)).toThrow(
      '"trian" - did you mean "train"?',
    );
    for (const path of ['more/*', 'more/b.tfrecord', folder]) {
      expect(parseUploadArguments(['a.tfrecord', path], false).words).toEqual(['a.tfrecord', path]);
    }
  });

  it('takes a folder named twice for a folder and its dataset', () => {
    for (const words of [
      ['docs', 'docs'],
      ['./docs/', 'docs'],
    ]) {
      const asked = parseUploadArguments(words, false);
      expect(asked).toMatchObject({ words: words.slice(0, 1), dataset: 'docs', understood: null });
    }
  });

  it('says how it understood a last word that is a folder and may be a dataset', async () => {
    const asked = parseUploadArguments([folder, 'docs'], true);
    expect(asked).toMatchObject({ words: [folder, 'docs'], dataset: 'audioset' });
    const warnings: string[] = [];
    const reporter = { ...silent, warn: (text: string) => void warnings.push(text) };
    await upload(await freshBucket(), asked, reporter).catch(() => {});
    expect(warnings).toEqual([
      'docs is a folder here: it is sent too, and all goes to the dataset audioset. For the dataset write docs/all.',
    ]);
    expect(parseUploadArguments([folder, 'docs/all'], true)).toMatchObject({
      words: [folder],
      dataset: 'docs',
      split: 'all',
      understood: null,
    });
  });

  it('knows the ETag of a large object, which is made of its parts', async () => {
    const bucket = await freshBucket();
    const bytes = new Uint8Array(largestSinglePut + 5).fill(7);
    const written = await bucket.put('incoming/mine/all/large.tfrecord', bytes);
    expect(written).toEqual({ written: true, etag: await etagOf(bytes, { partSize, largestSinglePut }) });
  });

  it('sends a large file in parts that it reads as it needs them, and knows it again', async () => {
    const bucket = await freshBucket();
    const file = path.join(folder, 'large.tfrecord');
    await writeFile(file, 'begin');
    await truncate(file, largestSinglePut + partSize);
    const asked = parseUploadArguments([file, 'mine/all'], false);
    expect(await upload(bucket, asked, silent)).toMatchObject({
      uploaded: 1,
      bytes: largestSinglePut + partSize,
    });
    const sent = await bucket.head('incoming/mine/all/large.tfrecord');
    expect(sent).toMatchObject({ size: largestSinglePut + partSize, etag: expect.stringMatching(/-5$/) });
    expect(await upload(bucket, asked, silent)).toMatchObject({ uploaded: 0, unchanged: 1 });
    await writeFile(file, 'other', { flag: 'r+' });
    expect(await upload(bucket, asked, silent)).toMatchObject({ uploaded: 1, unchanged: 0 });
  });

  it.each([
    ['tar', (bytes: Buffer) => bytes],
    ['tgz', gzipSync],
    ['tar.xz', xzStream],
  ])('takes a .%s as it takes its folder, small files and large ones', async (extension, pack) => {
    await writeFile(path.join(folder, 'eval/large.tfrecord'), Buffer.alloc(5_000_000, 'large'));
    const bucket = await freshBucket();
    const archive = path.join(folder, `archive.${extension}`);
    const plain = path.join(folder, 'plain.tar');
    await create({ cwd: folder, file: plain, portable: true }, ['bal_train', 'eval']);
    await writeFile(archive, pack(await readFile(plain)));
    const asked = (word: string) => parseUploadArguments([word, 'mine'], false);
    expect(await upload(bucket, asked(archive), silent)).toMatchObject({ uploaded: 4, unchanged: 0 });
    expect(await upload(bucket, asked(folder), silent)).toMatchObject({ uploaded: 0, unchanged: 4 });
  });

  it('takes a pattern, and keeps the folders that tell its files apart', async () => {
    const bucket = await freshBucket();
    const asked = (pattern: string, target: string) =>
      parseUploadArguments([path.join(folder, pattern), target], false);
    await upload(bucket, asked('**/a.tfrecord', 'mine/all'), silent);
    expect(await keysOf(bucket)).toEqual([
      'incoming/mine/all/bal_train/a.tfrecord',
      'incoming/mine/all/eval/a.tfrecord',
    ]);
    expect(await upload(bucket, asked('*/[ab].tfrecord', 'mine/all'), silent)).toMatchObject({
      uploaded: 1,
      unchanged: 2,
    });
    await upload(bucket, asked('bal_*', 'folders'), silent);
    expect(await keysOf(bucket)).toContain('incoming/folders/train/bal_train/b.tfrecord');
    await expect(upload(bucket, asked('*.tfrecord', 'mine'), silent)).rejects.toMatchObject({
      code: 'DATA_UNREADABLE',
      details: { file: path.join(folder, '*.tfrecord'), received: 'none' },
    });
  });

  it('does not let one file take the place of another', async () => {
    const bucket = await freshBucket();
    for (const name of ['x', 'y']) {
      await mkdir(path.join(folder, name));
      await writeFile(path.join(folder, name, 'c.tfrecord'), fileOfClips(clipsNamed(name, 1)));
    }
    const files = ['x', 'y'].map((name) => path.join(folder, name, 'c.tfrecord'));
    await expect(
      upload(bucket, parseUploadArguments([...files, 'mine/all'], false), silent),
    ).rejects.toMatchObject({
      code: 'USAGE',
      details: { received: expect.stringContaining('incoming/mine/all/c.tfrecord from ') },
    });
  });
});
