import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bucket,
  startTemporaryStore,
  type TemporaryStore,
} from '../fixtures/object-store/temporary-store.ts';
import { awsClis } from './s3-clients/aws-cli.ts';

/** What the AWS CLI does beyond the clients in s3-clients.test.ts. */
describe.each(awsClis)('$name over the local object store', ({ name, version, remedy, run }) => {
  if (version === null) {
    it.skip(`needs ${name} (${remedy})`, () => {});
    return;
  }
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
  const aws = (...args: string[]) => run(local.server.url, folder, args);
  const md5 = (path: string) => createHash('md5').update(readFileSync(path)).digest('hex');

  it('lists as a tree', async () => {
    writeFileSync(join(folder, 'small'), 'tree/a.txt');
    for (const key of ['tree/a.txt', 'tree/b/c.txt']) {
      await aws('s3', 'cp', '--only-show-errors', join(folder, 'small'), `s3://${bucket}/${key}`);
    }
    const listed = await aws('s3', 'ls', `s3://${bucket}/tree/`);
    expect(listed.split('\n').map((line) => line.trim().split(/\s+/).slice(-2))).toEqual([
      ['PRE', 'b/'],
      ['10', 'a.txt'],
      [''],
    ]);
  });

  it('makes a bucket, copies 20 MB in parts into it from another, and removes it with all that it holds', async () => {
    const path = join(folder, 'large');
    writeFileSync(path, randomBytes(20_000_000));
    await aws('s3', 'cp', '--only-show-errors', path, `s3://${bucket}/large`);
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
    const head = JSON.parse(await aws('s3api', 'head-object', ...at, '--checksum-mode', 'ENABLED'));
    expect(head).toMatchObject({ [`Checksum${algorithm}`]: expect.stringMatching(/=$/) });
  });

  it('opens a presigned address', async () => {
    writeFileSync(join(folder, 'signed'), 'content');
    await aws('s3', 'cp', '--only-show-errors', join(folder, 'signed'), `s3://${bucket}/signed é`);
    const address = (await aws('s3', 'presign', `s3://${bucket}/signed é`)).trim();
    const answer = await fetch(address);
    expect([answer.status, await answer.text()]).toEqual([200, 'content']);
  });
});
