import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseUploadArguments, upload } from '../../../infra/commands/upload-command.ts';
import { readDatasetConfig, readLabelList } from '../../../shared/dataset/dataset-settings.ts';
import { datasetConfigKey, labelListKey } from '../../../shared/dataset/keys.ts';
import { formatLabelList } from '../../../shared/dataset/label-list.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import { bytesAt, jsonAt } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { clipsNamed, drop, fileOfClips } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const progress = () => ({ update: () => {}, end: () => {}, abandon: () => {} });
const silent = { say: () => {}, warn: () => {}, fail: () => {}, progress };
const listOf = (...names: readonly string[]) =>
  formatLabelList(names.map((name, index) => ({ index, mid: name, displayName: name })));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-described-'));
  await writeFile(path.join(folder, 'a.tfrecord'), fileOfClips(clipsNamed('a', 2)));
});
afterEach(() => rm(folder, { recursive: true }));

const describeFolder = async (labels: string, shape: object) => {
  await writeFile(path.join(folder, 'labels.csv'), labels);
  await writeFile(path.join(folder, 'dataset.json'), JSON.stringify(shape));
};
const shape = { width: 128, maxFrames: 10, dtype: 'uint8' };
const send = (bucket: Awaited<ReturnType<typeof freshBucket>>, dryRun = false) =>
  upload(bucket, parseUploadArguments([folder, 'mine/all'], dryRun), silent);
const keys = [datasetConfigKey('mine'), labelListKey('mine')];

describe('an upload of a converted folder', () => {
  it('brings along label list and shape, before any clip', async () => {
    const bucket = await freshBucket();
    await describeFolder(listOf('cat', 'dog'), { ...shape, maxFrames: 30 });
    expect((await send(bucket, true)).described).toEqual(keys);
    expect(bucket.changes()).toEqual([]);
    expect((await send(bucket)).described).toEqual(keys);
    expect(await jsonAt(bucket, keys[0]!)).toEqual({ ...shape, maxFrames: 30 });
    expect((await bytesAt(bucket, keys[1]!)).toString()).toBe(listOf('cat', 'dog'));
    expect((await send(bucket)).described).toEqual([]);
  });

  it('lets a dataset grow, and keeps what else is said of it', async () => {
    const bucket = await freshBucket();
    await writeJson(bucket, keys[0]!, { maxFrames: 20, evalShare: 0.5 });
    await describeFolder(listOf('cat'), shape);
    expect((await send(bucket)).described).toEqual([keys[1]]);
    await describeFolder(listOf('cat', 'dog'), { ...shape, maxFrames: 40 });
    expect((await send(bucket)).described).toEqual(keys);
    expect(await readDatasetConfig(bucket, 'mine')).toMatchObject({ maxFrames: 40, evalShare: 0.5 });
    // The folder of before, once more.
    await describeFolder(listOf('cat'), shape);
    expect((await send(bucket)).described).toEqual([]);
    expect(await readLabelList(bucket, 'mine')).toHaveLength(2);
  });

  it.each([
    ['other labels', listOf('dog', 'cat'), shape, 'label 0', 'cat', 'dog'],
    ['another width', listOf('cat'), { ...shape, width: 64 }, 'width', '128', '64'],
    ['other numbers', listOf('cat'), { ...shape, dtype: 'float32' }, 'dtype', 'uint8', 'float32'],
  ])('with %s is refused, and nothing is sent', async (_, labels, other, field, expected, received) => {
    const bucket = await freshBucket();
    await drop(bucket, 'mine', 'all', 'before.tfrecord', clipsNamed('before', 1));
    await bucket.put(keys[1]!, Buffer.from(listOf('cat', 'dog')));
    const before = bucket.changes();
    await describeFolder(labels, other);
    await expect(send(bucket)).rejects.toMatchObject({
      code: 'DATASET_CONFLICT',
      details: { field, expected, received },
    });
    expect(bucket.changes()).toEqual(before);
  });

  it('of a folder with a label file of another kind alone is as before', async () => {
    const bucket = await freshBucket();
    await writeFile(path.join(folder, 'labels.csv'), 'id,labels\na,dog\n');
    expect(await send(bucket)).toMatchObject({ uploaded: 1, described: [] });
  });
});
