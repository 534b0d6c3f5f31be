import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create } from 'tar';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { UploadReport } from '../../infra/commands/upload-command.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import { lastJsonLine, runServerless } from '../e2e/run-serverless.ts';
import { startServerless } from '../fixtures/local/running-command.ts';
import { bytesAt, keysBelow } from '../fixtures/object-store/contents.ts';
import {
  accessKeyId,
  bucket,
  secretAccessKey,
  startTemporaryStore,
  type TemporaryStore,
} from '../fixtures/object-store/temporary-store.ts';
import { publish, smallModel } from '../fixtures/published-model.ts';
import { clipNamed, fileOfClips } from '../fixtures/uploads.ts';

const files = 600;
const killedAfter = 40;
const contentOf = (i: number) => fileOfClips([clipNamed(`clip-${i}`)]);

let folder: string;
let local: TemporaryStore;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-killed-'));
  for (let i = 0; i < files; i++) await writeFile(path.join(folder, `${i}.tfrecord`), contentOf(i));
  await create({ cwd: folder, file: path.join(folder, 'all.tar.gz'), gzip: true }, ['.']);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  local = await startTemporaryStore();
});
afterEach(() => local.remove());

/** As a cloud bucket is named to the command. */
const environment = () => ({
  COS_ENDPOINT: local.server.url,
  COS_BUCKET: bucket,
  COS_ACCESS_KEY_ID: accessKeyId,
  COS_SECRET_ACCESS_KEY: secretAccessKey,
});

describe('the report of a dataset in the cloud bucket', () => {
  it('is printed, is a page, and is JSON', { timeout: 240_000 }, async () => {
    const env = environment();
    const one = path.join(folder, '0.tfrecord');
    await runServerless(['upload', one, 'mine/all'], env);
    const page = path.join(folder, 'page.html');
    const printed = await runServerless(['data', 'report', 'mine', '--output', page], env);
    expect(printed.code).toBe(0);
    expect(printed.stdout).toContain('not validated and sharded yet: 1 file');
    expect(await readFile(page, 'utf8')).toContain('<h2>Clips a label</h2>');
    const asJson = await runServerless(['data', 'report', 'mine', '--json', '--output', page], env);
    expect(lastJsonLine(asJson)).toMatchObject({ dataset: 'mine', files: 1, pending: 1, anomalies: [] });
    const none = await runServerless(['data', 'report', 'none', '--json'], env);
    expect(none.code).not.toBe(0);
    expect(lastJsonLine(none)).toMatchObject({ error: { code: 'DATASET_EMPTY' } });
  });
});

describe('the versions of a model in the cloud bucket', () => {
  it('are listed, and rolled back by the command that the framework has for AWS', {
    timeout: 240_000,
  }, async () => {
    const [store, env] = [openCosObjectStore(local.settings), environment()];
    for (const version of ['1', '2']) await publish(store, 'sounds', version, smallModel(Number(version)));
    const back = await runServerless(['rollback', 'sounds', '--reason', 'hears dogs', '--json'], env);
    expect(back.code, back.stderr).toBe(0);
    expect(lastJsonLine(back)).toMatchObject({ model: 'sounds', before: '2', stable: '1', changed: true });
    const again = await runServerless(['rollback', '--json'], env);
    expect([again.code, lastJsonLine(again)]).toEqual([
      5,
      { error: expect.objectContaining({ code: 'ROLLBACK_IMPOSSIBLE' }) },
    ]);
    const listed = await runServerless(['models'], env);
    expect(listed.stdout).toContain('sounds: stable 1');
    expect(listed.stdout).toContain('hears dogs');
  });
});

describe('an upload to the cloud bucket', () => {
  it.each([
    ['a folder', '.'],
    ['an archive', 'all.tar.gz'],
  ])('of %s that is killed goes on where it was', { timeout: 240_000 }, async (_, name) => {
    const store = openCosObjectStore(local.settings);
    const env = environment();
    const words = ['upload', path.join(folder, name), 'mine/all', '--json'];
    const command = startServerless(words, env);
    while (local.notices.length < killedAfter) await new Promise((resolve) => setTimeout(resolve, 1));
    command.kill('SIGKILL');
    await command.ended;
    const sent = (await keysBelow(store, 'incoming/')).length;
    expect(sent).toBeLessThan(files);
    const again = lastJsonLine<UploadReport>(await runServerless(words, env));
    expect(again.uploaded + again.unchanged).toBe(files);
    // What was on its way when the command died may have come to its end since.
    expect(again.unchanged).toBeGreaterThanOrEqual(sent);
    expect(again.unchanged).toBeGreaterThanOrEqual(killedAfter);
    expect(await keysBelow(store, 'incoming/')).toHaveLength(files);
    for (const i of [0, 1, files - 1]) {
      const bytes = await bytesAt(store, `incoming/mine/all/${i}.tfrecord`);
      expect(bytes.equals(contentOf(i))).toBe(true);
    }
    // Each file was written once, though it was asked for twice.
    expect(local.notices).toHaveLength(files);
  });
});
