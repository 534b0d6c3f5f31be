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
  'has an object on the disk before it is renamed, and the rename before it is acknowledged (needs strace)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'earshot-strace-'));
    const root = join(folder, 'root');
    const trace = join(folder, 'trace');
    const script = join(project, 'infra/typescript/run.mjs');
    const calls = 'trace=fdatasync,fsync,rename,renameat,renameat2,unlink,unlinkat';
    const node = [process.execPath, script, serve, root];
    const child = spawn('strace', ['-f', '-y', '-s', '256', '-e', calls, '-o', trace, ...node], {
      cwd: project,
    });
    try {
      const url = await new Promise<string>((resolve) =>
        child.stdout.once('data', (line) => resolve(String(line).trim())),
      );
      const client = plainClient(url);
      const objects = join(root, 'buckets', bucket, 'objects');
      for (const size of [10, 3_000_000]) {
        const before = readFileSync(trace, 'utf8').length;
        await client.putObject({ Bucket: bucket, Key: `k${size}`, Body: Buffer.alloc(size) }).promise();
        const lines = readFileSync(trace, 'utf8').slice(before).split('\n');
        const content = lines.findIndex(
          (line) => line.includes('fdatasync(') && line.includes(join(root, 'tmp')),
        );
        const rename = lines.findIndex((line) => line.includes('rename') && line.includes(objects));
        const entry = lines.findIndex((line) => line.includes('fsync(') && line.includes(`<${objects}>`));
        expect([content >= 0, rename > content, entry > rename]).toEqual([true, true, true]);
      }
      const before = readFileSync(trace, 'utf8').length;
      await client.deleteObject({ Bucket: bucket, Key: 'k10' }).promise();
      const lines = readFileSync(trace, 'utf8').slice(before).split('\n');
      const removal = lines.findIndex((line) => line.includes('unlink') && line.includes(objects));
      const entry = lines.findIndex((line) => line.includes('fsync(') && line.includes(`<${objects}>`));
      expect([removal >= 0, entry > removal]).toEqual([true, true]);
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
