import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accessKeyId,
  bucket,
  secretAccessKey,
  startTemporaryStore,
  type TemporaryStore,
} from '../fixtures/object-store/temporary-store.ts';

const version = (() => {
  try {
    return execFileSync('aws', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
})();

describe.skipIf(version === null)(
  `the AWS CLI over the local object store (${version ?? 'no aws on PATH'})`,
  () => {
    let local: TemporaryStore;
    let folder: string;
    beforeAll(async () => {
      local = await startTemporaryStore();
      folder = mkdtempSync(join(tmpdir(), 'earshot-aws-'));
    });
    afterAll(async () => {
      await local.remove();
      rmSync(folder, { recursive: true });
    });

    const env = () => ({
      PATH: process.env['PATH'],
      HOME: folder,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: 'us-south',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    const aws = async (...args: string[]) => {
      const command = ['--endpoint-url', local.server.url, ...args];
      return (await promisify(execFile)('aws', command, { env: env(), maxBuffer: 1e8 })).stdout;
    };
    const md5 = (path: string) => createHash('md5').update(readFileSync(path)).digest('hex');
    const filesBelow = (path: string) =>
      readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));

    it('syncs a folder of 200 files there and back, and then finds nothing to do', async () => {
      const from = join(folder, 'from');
      const anHourAgo = Date.now() / 1000 - 3_600;
      for (let i = 0; i < 200; i++) {
        const path = join(from, `part ${i % 7}`, `é+${i}.tfrecord`);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, randomBytes((i * 37) % 5_000));
        // The CLI compares with Last-Modified, which has whole seconds.
        utimesSync(path, anHourAgo, anHourAgo);
      }
      await aws('s3', 'sync', '--only-show-errors', from, `s3://${bucket}/synced`);
      expect(await aws('s3', 'sync', from, `s3://${bucket}/synced`)).toBe('');
      const back = join(folder, 'back');
      await aws('s3', 'sync', '--only-show-errors', `s3://${bucket}/synced`, back);
      const originals = filesBelow(from);
      expect(originals).toHaveLength(200);
      expect(filesBelow(back)).toHaveLength(200);
      for (const path of originals) expect(md5(path.replace(from, back))).toBe(md5(path));
    });

    it('lists as a tree, and removes one and many', async () => {
      for (const key of ['tree/a.txt', 'tree/b/c.txt', 'tree/b/d.txt']) {
        writeFileSync(join(folder, 'small'), key);
        await aws('s3', 'cp', '--only-show-errors', join(folder, 'small'), `s3://${bucket}/${key}`);
      }
      const listed = await aws('s3', 'ls', `s3://${bucket}/tree/`);
      expect(listed.split('\n').map((line) => line.trim().split(/\s+/).slice(-2))).toEqual([
        ['PRE', 'b/'],
        ['10', 'a.txt'],
        [''],
      ]);
      await aws('s3', 'rm', `s3://${bucket}/tree/a.txt`);
      await aws('s3', 'rm', '--recursive', `s3://${bucket}/tree/b`);
      await expect(aws('s3', 'ls', `s3://${bucket}/tree/`)).rejects.toMatchObject({ code: 1 });
    });

    it('sends and fetches 20 MB in parts, and copies them from bucket to bucket', async () => {
      const path = join(folder, 'large');
      writeFileSync(path, randomBytes(20_000_000));
      await aws('s3', 'cp', '--only-show-errors', path, `s3://${bucket}/large`);
      const head = JSON.parse(
        await aws('s3api', 'head-object', '--bucket', bucket, '--key', 'large', '--checksum-mode', 'ENABLED'),
      );
      expect(head).toMatchObject({ ContentLength: 20_000_000, ETag: expect.stringMatching(/-3"$/) });
      expect(Object.keys(head).some((name) => name.startsWith('Checksum'))).toBe(true);
      await aws('s3', 'mb', 's3://other-bucket');
      await aws('s3', 'cp', '--only-show-errors', `s3://${bucket}/large`, 's3://other-bucket/copy');
      await aws('s3', 'cp', '--only-show-errors', 's3://other-bucket/copy', join(folder, 'back-again'));
      expect(md5(join(folder, 'back-again'))).toBe(md5(path));
      await aws('s3', 'rb', '--force', 's3://other-bucket');
      expect(await aws('s3', 'ls')).not.toContain('other-bucket');
    });

    it.each(['CRC32', 'SHA1', 'SHA256'])('has its %s verified, and verifies it', async (algorithm) => {
      const path = join(folder, 'summed');
      writeFileSync(path, randomBytes(70_000));
      const at = ['--bucket', bucket, '--key', `summed-${algorithm}`];
      await aws('s3api', 'put-object', ...at, '--body', path, '--checksum-algorithm', algorithm);
      await aws('s3api', 'get-object', ...at, '--checksum-mode', 'ENABLED', join(folder, 'fetched'));
      expect(md5(join(folder, 'fetched'))).toBe(md5(path));
    });

    it('opens a presigned address', async () => {
      writeFileSync(join(folder, 'signed'), 'content');
      await aws('s3', 'cp', '--only-show-errors', join(folder, 'signed'), `s3://${bucket}/signed é`);
      const address = (await aws('s3', 'presign', `s3://${bucket}/signed é`)).trim();
      const answer = await fetch(address);
      expect([answer.status, await answer.text()]).toEqual([200, 'content']);
    });
  },
);
