import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type ObjectStoreServer,
  startObjectStore,
} from '../../../../infra/local/object-store/start-object-store.ts';
import {
  accessKeyId,
  bucket,
  outletTo,
  plainClient,
  secretAccessKey,
} from '../../../fixtures/object-store/temporary-store.ts';

const project = fileURLToPath(new URL('../../../../', import.meta.url));
const serve = fileURLToPath(new URL('../../../fixtures/object-store/serve.ts', import.meta.url));

let root: string;
const servers: ObjectStoreServer[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'earshot-durability-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await rm(root, { recursive: true });
});

async function start(port = 0): Promise<ObjectStoreServer> {
  const buckets = [bucket];
  const server = await startObjectStore({
    root,
    port,
    accessKeyId,
    secretAccessKey,
    buckets,
    outlet: outletTo(() => {}),
  });
  servers.push(server);
  return server;
}

async function stop(): Promise<void> {
  await servers.pop()?.close();
}

async function startChild(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const script = join(project, 'infra/typescript/run.mjs');
  const child = spawn(process.execPath, [script, serve, root], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve) =>
    child.stdout!.once('data', (line) => resolve(String(line).trim())),
  );
  return { child, url };
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

it('has after a restart all that it had before, uploads under way too', async () => {
  const before = plainClient((await start()).url);
  const keys = ['a', 'a/b', 'Ä', 'x'.repeat(1_000)];
  for (const Key of keys) {
    await before.putObject({ Bucket: bucket, Key, Body: `body of ${Key}`, Metadata: { key: 'm' } }).promise();
  }
  const { ETag } = await before.putObject({ Bucket: bucket, Key: 'a', Body: 'second' }).promise();
  await before.deleteObject({ Bucket: bucket, Key: 'Ä' }).promise();
  const upload = { Bucket: bucket, Key: 'in parts' };
  const { UploadId = '' } = await before
    .createMultipartUpload({ ...upload, ContentType: 'text/plain' })
    .promise();
  const part = await before.uploadPart({ ...upload, UploadId, PartNumber: 1, Body: 'part' }).promise();
  await before
    .createBucket({ Bucket: 'second', CreateBucketConfiguration: { LocationConstraint: 'x' } })
    .promise();
  const listedBefore = await before.listObjectsV2({ Bucket: bucket }).promise();
  await stop();

  const after = plainClient((await start()).url);
  expect((await after.listObjectsV2({ Bucket: bucket }).promise()).Contents).toEqual(listedBefore.Contents);
  const found = await after.getObject({ Bucket: bucket, Key: 'a' }).promise();
  expect([found.Body?.toString(), found.ETag]).toEqual(['second', ETag]);
  const { Metadata } = await after.headObject({ Bucket: bucket, Key: 'a/b' }).promise();
  expect(Metadata).toEqual({ key: 'm' });
  const Parts = [{ PartNumber: 1, ETag: part.ETag ?? '' }];
  await after.completeMultipartUpload({ ...upload, UploadId, MultipartUpload: { Parts } }).promise();
  const joined = await after.getObject(upload).promise();
  expect([joined.Body?.toString(), joined.ContentType]).toEqual(['part', 'text/plain']);
  expect((await after.getBucketLocation({ Bucket: 'second' }).promise()).LocationConstraint).toBe('x');
});

/** Content that tells which key and version it is of, and whether it is whole. */
function contentOf(key: string, version: number): Buffer {
  const seed = createHash('sha256').update(`${key} ${version}`).digest();
  const sizes = [40, 5_000, 300_000, 1_500_000];
  return Buffer.alloc(sizes[seed[0]! % sizes.length]!, seed);
}

it('keeps every acknowledged write whole, and shows no half one, when it is killed amid uploads', async () => {
  const acknowledged = new Map<string, number>();
  const sent = new Map<string, number>();
  for (let round = 0; round < 2; round++) {
    const { child, url } = await startChild();
    const client = plainClient(url);
    let alive = true;
    // By count, not by the clock: a busy machine writes as much, only later.
    let isEnough = () => {};
    const enough = new Promise<void>((resolve) => {
      isEnough = resolve;
    });
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; alive; i++) {
        const key = `writer ${writer}/${i % 7}`;
        const version = (sent.get(key) ?? 0) + 1;
        sent.set(key, version);
        try {
          await client.putObject({ Bucket: bucket, Key: key, Body: contentOf(key, version) }).promise();
          acknowledged.set(key, version);
          if (acknowledged.size > 10 + 10 * round) isEnough();
        } catch {
          return;
        }
      }
    });
    await enough;
    await kill(child);
    alive = false;
    await Promise.all(writers);

    const survivor = plainClient((await start()).url);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
    const { Contents = [] } = await survivor.listObjectsV2({ Bucket: bucket }).promise();
    const listed = new Set(Contents.map(({ Key }) => Key));
    expect(acknowledged.size).toBeGreaterThan(8);
    for (const [key, version] of acknowledged) {
      expect(listed).toContain(key);
      const { Body, ETag } = await survivor.getObject({ Bucket: bucket, Key: key }).promise();
      const content = Body as Buffer;
      // The version that was acknowledged, or the one that was under way when the server died.
      const possible = [version, sent.get(key)!].map((candidate) => contentOf(key, candidate));
      expect(possible.some((candidate) => candidate.equals(content))).toBe(true);
      expect(ETag).toBe(`"${createHash('md5').update(content).digest('hex')}"`);
    }
    await stop();
  }
}, 60_000);

it('refuses a folder that another store holds, in this process and in another, until that one is gone', async () => {
  const inUse = { code: 'STATE_IN_USE', details: { file: root } };
  await start();
  await expect(start()).rejects.toMatchObject(inUse);
  await stop();
  const { child } = await startChild();
  await expect(start()).rejects.toMatchObject(inUse);
  await kill(child);
  await start();
});

it('takes over the lock of a process whose number another one has now', async () => {
  const pid = process.ppid;
  writeFileSync(join(root, 'lock'), JSON.stringify({ pid, began: 'another boot 1' }));
  await start();
  expect(JSON.parse(readFileSync(join(root, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
});

it('says so when the port is taken, and lets go of the folder', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  await expect(start(port)).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    details: { received: String(port) },
  });
  other.close();
  expect((await start()).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

it('names the file that the disk has damaged', async () => {
  await plainClient((await start()).url)
    .putObject({ Bucket: bucket, Key: 'k', Body: 'content' })
    .promise();
  await stop();
  const folder = join(root, 'buckets', bucket, 'objects');
  const file = join(folder, readdirSync(folder)[0]!);
  truncateSync(file, 20);
  await expect(start()).rejects.toMatchObject({ code: 'STATE_DAMAGED', details: { file } });
});

it('lets the requests under way end when it closes', async () => {
  const server = await start();
  const client = plainClient(server.url);
  const Body = Buffer.alloc(3_000_000, 'x');
  const puts = Array.from({ length: 6 }, (_, i) =>
    client.putObject({ Bucket: bucket, Key: `k${i}`, Body }).promise(),
  );
  await puts[0];
  await stop();
  const outcomes = await Promise.allSettled(puts);
  const { Contents = [] } = await plainClient((await start()).url)
    .listObjectsV2({ Bucket: bucket })
    .promise();
  const fulfilled = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [`k${i}`] : []));
  expect(Contents.map(({ Key }) => Key)).toEqual(expect.arrayContaining(fulfilled));
});
