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
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bucket,
  plainClient,
  startTemporaryStore,
  type TemporaryStore,
} from '../fixtures/object-store/temporary-store.ts';
import { awsClis } from './s3-clients/aws-cli.ts';
import { boto3 } from './s3-clients/boto3.ts';
import { rclone } from './s3-clients/rclone.ts';
import type { S3Client, S3Commands } from './s3-clients/s3-client.ts';
import { s3cmd } from './s3-clients/s3cmd.ts';

const clients: readonly S3Client[] = [...awsClis, s3cmd, rclone, boto3];

/** Names that break programs which split at spaces, decode twice, or think that letters have no case. */
const names = [
  'plain.tfrecord',
  'with space/and another one.tfrecord',
  'ünïcödé/日本語 🎧.tfrecord',
  'a+b.tfrecord',
  '100%.tfrecord',
  'percent%20escape.tfrecord',
  'hash#fragment.tfrecord',
  'question?query=1.tfrecord',
  'ampersand&co;.tfrecord',
  'CASE.tfrecord',
  'case.tfrecord',
  "quote's.tfrecord",
  'deep/er/and/deeper/x',
  'deep/er/x',
];
const inOneListing = 1_000;

function writeTree(folder: string): void {
  const anHourAgo = Date.now() / 1000 - 3_600;
  for (const [i, name] of names.entries()) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, i === 0 ? '' : randomBytes(i * 997));
    // Some compare with Last-Modified, which has whole seconds.
    utimesSync(path, anHourAgo, anHourAgo);
  }
}

/** Of each file below a folder, the hash of its content. */
function treeAt(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [relative(folder, path), createHash('sha256').update(readFileSync(path)).digest('hex')];
    }),
  );
}

describe.each(clients)('$name over the local object store', ({ name, version, remedy, open }) => {
  if (version === null) {
    it.skip(`needs ${name} (${remedy})`, () => {});
    return;
  }
  let local: TemporaryStore;
  let folder: string;
  let client: S3Commands;
  beforeAll(async () => {
    local = await startTemporaryStore();
    folder = mkdtempSync(join(tmpdir(), 'earshot-client-'));
    mkdirSync(join(folder, 'home'));
    client = open(local.server.url, bucket, join(folder, 'home'));
    console.log(`${name}: ${version}`);
  });
  afterAll(async () => {
    await local.remove();
    rmSync(folder, { recursive: true });
  });
  /** What was written and deleted since the last call. */
  const changes = () =>
    local.notices.splice(0).map(({ operation, key }) => `${operation} ${key.split('/').slice(1).join('/')}`);

  it('sends and fetches a small object and an empty one, under a name with all sorts of characters', async () => {
    for (const [i, content] of ['content', ''].entries()) {
      const key = `small/é ü+%20#?&=${i}`;
      writeFileSync(join(folder, 'small'), content);
      await client.put(join(folder, 'small'), key);
      const { Body } = await plainClient(local.server.url).getObject({ Bucket: bucket, Key: key }).promise();
      expect(Body?.toString()).toBe(content);
      await client.get(key, join(folder, 'fetched'));
      expect(readFileSync(join(folder, 'fetched'), 'utf8')).toBe(content);
    }
  });

  it('sends 20 MB in parts, and fetches them', async () => {
    const content = randomBytes(20_000_000);
    writeFileSync(join(folder, 'large'), content);
    await client.put(join(folder, 'large'), 'large');
    const head = await plainClient(local.server.url).headObject({ Bucket: bucket, Key: 'large' }).promise();
    expect(head.ETag).toMatch(/^"[0-9a-f]{32}-[345]"$/);
    await client.get('large', join(folder, 'large-back'));
    expect(readFileSync(join(folder, 'large-back')).equals(content)).toBe(true);
  });

  it('lists more keys than one page holds', async () => {
    const keys = Array.from({ length: inOneListing + 50 }, (_, i) => `many/a b+${i}`);
    const sdk = plainClient(local.server.url);
    for (let at = 0; at < keys.length; at += 50) {
      const some = keys.slice(at, at + 50);
      await Promise.all(some.map((Key) => sdk.putObject({ Bucket: bucket, Key, Body: 'x' }).promise()));
    }
    expect([...(await client.list('many/'))].sort()).toEqual(keys.sort());
    await client.removeAll('many/');
    const { KeyCount } = await sdk.listObjectsV2({ Bucket: bucket, Prefix: 'many/' }).promise();
    expect(KeyCount).toBe(0);
  });

  it('keeps a tree with odd names the same on both sides, and sends only what changed', async () => {
    const [from, back] = [join(folder, 'from'), join(folder, 'back')];
    writeTree(from);
    mkdirSync(back);
    changes();
    await client.syncUp(from, 'tree/');
    expect(changes().sort()).toEqual(names.map((file) => `write ${file}`).sort());
    expect([...(await client.list('tree/'))].sort()).toEqual(names.map((file) => `tree/${file}`).sort());
    await client.syncUp(from, 'tree/');
    expect(changes()).toEqual([]);

    writeFileSync(join(from, 'a+b.tfrecord'), 'changed');
    rmSync(join(from, 'hash#fragment.tfrecord'));
    await client.syncUp(from, 'tree/');
    expect(changes().sort()).toEqual(['delete hash#fragment.tfrecord', 'write a+b.tfrecord']);
    await client.syncDown('tree/', back);
    expect(treeAt(back)).toEqual(treeAt(from));
    expect(Object.keys(treeAt(back))).toHaveLength(names.length - 1);
  });

  it('deletes one object', async () => {
    writeFileSync(join(folder, 'small'), 'content');
    for (const key of ['del/a b', 'del/a']) await client.put(join(folder, 'small'), key);
    changes();
    await client.remove('del/a b');
    expect(changes()).toEqual(['delete a b']);
    expect(await client.list('del/')).toEqual(['del/a']);
  });
});

describe.skipIf(boto3.version === null)('boto3', () => {
  let local: TemporaryStore;
  beforeAll(async () => {
    local = await startTemporaryStore();
    await plainClient(local.server.url)
      .putObject({ Bucket: bucket, Key: 'a b+é', Body: 'content' })
      .promise();
  });
  afterAll(() => local.remove());

  it('makes an address that anyone can open for a while', async () => {
    const address = await boto3.open(local.server.url, bucket, tmpdir()).presign('a b+é', 2);
    const opened = await fetch(address);
    expect([opened.status, await opened.text()]).toEqual([200, 'content']);
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    const expired = await fetch(address);
    expect([expired.status, await expired.text()]).toEqual([403, expect.stringContaining('AccessDenied')]);
  });

  it('writes with IfNoneMatch only where nothing is', async () => {
    const client = boto3.open(local.server.url, bucket, tmpdir());
    expect(await client.putIfAbsent('new')).toBe('written');
    expect(await client.putIfAbsent('new')).toBe('PreconditionFailed');
  });
});
