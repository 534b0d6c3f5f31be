import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastJsonLine, runServerless } from '../e2e/run-serverless.ts';
import { startServerless } from '../fixtures/local/running-command.ts';
import { bytesAt, keysBelow } from '../fixtures/object-store/contents.ts';
import { bucketServer } from '../fixtures/object-store/bucket-server.ts';
import { clipNamed, fileOfClips } from '../fixtures/uploads.ts';

const files = 600;
const killedAfter = 40;
const contentOf = (i: number) => fileOfClips([clipNamed(`clip-${i}`)]);

let folder: string;
const servers = bucketServer();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-killed-'));
  for (let i = 0; i < files; i++) await writeFile(path.join(folder, `${i}.tfrecord`), contentOf(i));
  await create({ cwd: folder, file: path.join(folder, 'all.tar.gz'), gzip: true }, ['.']);
});
afterAll(() => rm(folder, { recursive: true }));

describe('an upload to the cloud bucket', () => {
  it.each([
    ['folder', '.'],
    ['archive', 'all.tar.gz'],
  ])('of a %s that is killed goes on where it was', { timeout: 240_000 }, async (_, name) => {
    const { store, env, changes } = await servers();
    const words = ['upload', path.join(folder, name), 'mine/all', '--json'];
    const command = startServerless(words, env);
    while (changes().length < killedAfter) await new Promise((resolve) => setTimeout(resolve, 1));
    command.kill('SIGKILL');
    await command.ended;
    const sent = await keysBelow(store, 'incoming/');
    expect(sent.length).toBeGreaterThanOrEqual(killedAfter);
    expect(sent.length).toBeLessThan(files);
    const again = await runServerless(words, env);
    expect(lastJsonLine(again)).toMatchObject({ uploaded: files - sent.length, unchanged: sent.length });
    expect(await keysBelow(store, 'incoming/')).toHaveLength(files);
    for (const i of [0, 1, files - 1]) {
      const bytes = await bytesAt(store, `incoming/mine/all/${i}.tfrecord`);
      expect(bytes.equals(contentOf(i))).toBe(true);
    }
    // Each file was written once, though it was asked for twice.
    expect(changes()).toHaveLength(files);
  });
});
