import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bucket, plainClient } from '../fixtures/object-store/temporary-store.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const serve = fileURLToPath(new URL('../fixtures/object-store/serve.ts', import.meta.url));
const hasStrace = (() => {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

it.skipIf(!hasStrace)(
  'has an object and the line of its event on the disk before it is renamed, and the rename before it is acknowledged (needs strace)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'earshot-strace-'));
    const root = join(folder, 'root');
    const trace = join(folder, 'trace');
    const script = join(project, 'infra/typescript/run.mjs');
    const traced = 'trace=write,fdatasync,fsync,rename,renameat,renameat2,unlink,unlinkat';
    const node = [process.execPath, script, serve, root];
    const child = spawn('strace', ['-f', '-y', '-s', '256', '-e', traced, '-o', trace, ...node], {
      cwd: project,
    });
    try {
      const url = await new Promise<string>((resolve) =>
        child.stdout.once('data', (line) => resolve(String(line).trim())),
      );
      const client = plainClient(url);
      const objects = join(root, 'buckets', bucket, 'objects');
      const journal = `<${join(root, 'events/journal')}>`;
      /** Where each call is among those of `change`, which are made in this order; -1: it was not made. */
      const calls = async (change: () => Promise<unknown>) => {
        const before = readFileSync(trace, 'utf8').length;
        await change();
        const lines = readFileSync(trace, 'utf8').slice(before).split('\n');
        const first = (...words: string[]) =>
          lines.findIndex((line) => words.every((word) => line.includes(word)));
        return {
          // That it is settled may come later, and waits for no disk.
          line: first('write(', journal, 'due'),
          lineOnDisk: first('fdatasync(', journal),
          content: first('fdatasync(', join(root, 'tmp')),
          rename: first('rename', objects),
          removal: first('unlink', objects),
          entry: first('fsync(', `<${objects}>`),
        };
      };
      for (const prefix of ['incoming/', 'elsewhere/']) {
        const heard = prefix === 'incoming/';
        for (const size of [10, 3_000_000]) {
          const Key = `${prefix}k${size}`;
          const { line, lineOnDisk, content, rename, entry } = await calls(() =>
            client.putObject({ Bucket: bucket, Key, Body: Buffer.alloc(size) }).promise(),
          );
          expect([content >= 0, rename > content, entry > rename]).toEqual([true, true, true]);
          expect([line >= 0, lineOnDisk > line, lineOnDisk >= 0 && rename > lineOnDisk]).toEqual([
            heard,
            heard,
            heard,
          ]);
        }
        const { line, lineOnDisk, removal, entry } = await calls(() =>
          client.deleteObject({ Bucket: bucket, Key: `${prefix}k10` }).promise(),
        );
        expect([removal >= 0, entry > removal]).toEqual([true, true]);
        expect([line >= 0, lineOnDisk > line, lineOnDisk >= 0 && removal > lineOnDisk]).toEqual([
          heard,
          heard,
          heard,
        ]);
      }
    } finally {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      execFileSync('kill', [
        '-KILL',
        readFileSync(join(root, 'lock'), 'utf8').replace(/.*"pid":(\d+).*/, '$1'),
      ]);
      await exited;
      rmSync(folder, { recursive: true });
    }
  },
);
