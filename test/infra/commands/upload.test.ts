import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseUploadArguments, upload } from '../../../infra/commands/upload-command.ts';
import { etagOf } from '../../../infra/commands/upload-plan.ts';
import { largestSinglePut, partSize } from '../../../shared/storage/cos-multipart.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { clipsNamed, fileOfClips } from '../../fixtures/uploads.ts';

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

  it('knows the ETag of a large object, which is made of its parts', async () => {
    const bucket = await freshBucket();
    const bytes = new Uint8Array(largestSinglePut + 5).fill(7);
    const written = await bucket.put('incoming/mine/all/large.tfrecord', bytes);
    expect(written).toEqual({ written: true, etag: etagOf(bytes, { partSize, largestSinglePut }) });
  });
});
