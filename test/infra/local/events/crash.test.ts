import { cpSync, existsSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventDispatcher } from '../../../../infra/local/events/event-dispatcher.ts';
import type { JournalDisk } from '../../../../infra/local/events/journal.ts';
import { Outbox } from '../../../../infra/local/events/outbox.ts';
import {
  type NoticeOutlet,
  startObjectStore,
} from '../../../../infra/local/object-store/start-object-store.ts';
import {
  accessKeyId,
  bucket,
  plainClient,
  secretAccessKey,
} from '../../../fixtures/object-store/temporary-store.ts';

/** What a crash can come between, in the order in which a change passes it. */
const points = [
  'before the line',
  'in the line',
  'line written',
  'line on the disk',
  'changed',
  'in the function',
  'function answered',
  'settled',
] as const;
type Point = (typeof points)[number];

interface Crash {
  readonly point: Point;
  /** A copy of the folder as it was: what SIGKILL leaves, as the page cache survives it. */
  readonly copy: string;
}

let folder: string;
let crashes: Crash[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-crash-'));
  crashes = [];
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a store and its events on a folder for the time of `work`; `at` is told of each point that a change passes. */
async function live<T>(
  root: string,
  at: (point: Point) => void,
  work: (client: S3, idle: () => Promise<void>) => Promise<T>,
  largeBytes?: number,
): Promise<{ result: T; told: string[] }> {
  const told: string[] = [];
  const disk: JournalDisk = {
    write(descriptor, bytes) {
      const isChange = bytes.includes('"due"') && !bytes.includes('"settled"');
      if (isChange) at('before the line');
      const half = Math.floor(bytes.length / 2);
      writeSync(descriptor, bytes, 0, half);
      if (isChange) at('in the line');
      writeSync(descriptor, bytes, half);
      if (isChange) at('line written');
      if (bytes.includes('"settled"')) at('settled');
    },
    sync: async () => {},
  };
  const outbox = await Outbox.open(path.join(root, 'events'), { disk, largeBytes });
  const dispatcher = new EventDispatcher({
    subscriptions: [{ functionName: 'f', event: { prefix: 'in/', operation: 'all' } }],
    outbox,
    invoke: async (_, { __ce_body = '' }) => {
      at('in the function');
      const { key, operation } = JSON.parse(Buffer.from(__ce_body, 'base64').toString());
      told.push(`${operation} ${key}`);
      at('function answered');
      return { statusCode: 200, headers: {}, body: {} };
    },
    onDeadLetter: (letter) => told.push(`dead: ${JSON.stringify(letter)}`),
  });
  const outlet: NoticeOutlet = {
    async announce(notice) {
      const announced = await dispatcher.announce(notice);
      at('line on the disk');
      return {
        send() {
          at('changed');
          announced.send();
        },
        withdraw: () => announced.withdraw(),
      };
    },
  };
  dispatcher.recover();
  const server = await startObjectStore({
    root: path.join(root, 'store'),
    port: 0,
    accessKeyId,
    secretAccessKey,
    buckets: [bucket],
    outlet,
  });
  try {
    const result = await work(plainClient(server.url), () => dispatcher.idle());
    await dispatcher.idle();
    return { result, told };
  } finally {
    dispatcher.stop();
    await server.close();
    await outbox.close();
  }
}

const object = { Bucket: bucket, Key: 'in/a' };
const etagOf = async (client: S3) =>
  client
    .headObject(object)
    .promise()
    .then(
      ({ ETag }) => ETag ?? '',
      () => 'none',
    );

const changes: Record<string, (client: S3) => Promise<unknown>> = {
  write: (client) => client.putObject({ ...object, Body: 'new' }).promise(),
  'large write': (client) => client.putObject({ ...object, Body: Buffer.alloc(400_000, 'x') }).promise(),
  deletion: (client) => client.deleteObject(object).promise(),
  'deletion of many': (client) =>
    client.deleteObjects({ Bucket: bucket, Delete: { Objects: [{ Key: 'in/a' }, { Key: 'b' }] } }).promise(),
  copy: (client) => client.copyObject({ ...object, CopySource: `${bucket}/other` }).promise(),
  'multipart upload': async (client) => {
    const { UploadId = '' } = await client.createMultipartUpload(object).promise();
    const { ETag = '' } = await client
      .uploadPart({ ...object, UploadId, PartNumber: 1, Body: 'p' })
      .promise();
    const Parts = [{ ETag, PartNumber: 1 }];
    await client.completeMultipartUpload({ ...object, UploadId, MultipartUpload: { Parts } }).promise();
  },
};

async function prepare(root: string): Promise<string> {
  const { result } = await live(
    root,
    () => {},
    async (client) => {
      await client.putObject({ ...object, Body: 'old' }).promise();
      await client.putObject({ Bucket: bucket, Key: 'other', Body: 'other' }).promise();
      return etagOf(client);
    },
  );
  return result;
}

/** Passes a change through all points, and keeps a copy of the folder at each. */
async function crashAmid(
  root: string,
  change: (client: S3) => Promise<unknown>,
  largeBytes?: number,
): Promise<void> {
  const at = (point: Point) => {
    const copy = path.join(folder, `copy ${crashes.length}`);
    cpSync(root, copy, { recursive: true });
    crashes.push({ point, copy });
  };
  await live(root, at, change, largeBytes);
}

describe.each(Object.entries(changes))('a crash amid a %s', (_, change) => {
  it('loses no event: of each change that is there somebody is told', async () => {
    const root = path.join(folder, 'root');
    const before = await prepare(root);
    await crashAmid(root, change);
    expect(crashes.map(({ point }) => point)).toEqual(points);
    const seen = [];
    for (const { point, copy } of crashes) {
      const { result, told } = await live(
        copy,
        () => {},
        (client) => etagOf(client),
      );
      seen.push([point, result === before ? 'not changed' : 'changed', told.length]);
    }
    expect(seen).toEqual([
      ['before the line', 'not changed', 0],
      ['in the line', 'not changed', 0],
      ['line written', 'not changed', 1],
      ['line on the disk', 'not changed', 1],
      ['changed', 'changed', 1],
      ['in the function', 'changed', 1],
      ['function answered', 'changed', 1],
      ['settled', 'changed', 0],
    ]);
  });
});

it('a crash amid a journal that is written anew loses no event either', async () => {
  const root = path.join(folder, 'root');
  const before = await prepare(root);
  await crashAmid(root, changes['write']!, 0);
  let newOnes = 0;
  for (const { point, copy } of crashes) {
    if (existsSync(path.join(copy, 'events/journal.new'))) newOnes++;
    const { result, told } = await live(
      copy,
      () => {},
      (client) => etagOf(client),
    );
    const answered = points.indexOf(point) >= points.indexOf('function answered');
    if (result !== before && !answered) expect(told).toContain('Object:Write in/a');
  }
  expect(newOnes).toBeGreaterThan(1);
});

it('what was not changed for want of its condition is withdrawn, and nobody is told, now or later', async () => {
  const root = path.join(folder, 'root');
  await prepare(root);
  const lost = async (client: S3) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        client.putObject({ Bucket: bucket, Key: 'in/once', Body: `${i}`, IfNoneMatch: '*' }).promise(),
      ),
    );
    return outcomes.filter(({ status }) => status === 'fulfilled').length;
  };
  expect(await live(root, () => {}, lost)).toEqual({ result: 1, told: ['Object:Write in/once'] });
  expect(
    (
      await live(
        root,
        () => {},
        async () => {},
      )
    ).told,
  ).toEqual([]);
});

it('a change of which the journal cannot be written is not made, and the client is told so', async () => {
  const root = path.join(folder, 'root');
  const before = await prepare(root);
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  let full = false;
  const at = (point: Point) => {
    if (full && point === 'in the line') throw new Error('ENOSPC: no space left on device, write');
  };
  const { result, told } = await live(root, at, async (client) => {
    full = true;
    const outcomes = await Promise.allSettled([
      client.putObject({ ...object, Body: 'new' }).promise(),
      client.deleteObject(object).promise(),
      client.putObject({ Bucket: bucket, Key: 'elsewhere', Body: 'x' }).promise(),
    ]);
    const after = await etagOf(client);
    full = false;
    await client.deleteObject(object).promise();
    return [...outcomes.map((one) => (one.status === 'fulfilled' ? 200 : one.reason.statusCode)), after];
  });
  expect(result).toEqual([500, 500, 200, before]);
  expect(told).toEqual(['Object:Delete in/a']);
  expect(said.mock.calls.map(([, error]) => error)).toMatchObject(
    Array.from({ length: 2 }, () => ({
      code: 'EVENTS_NOT_WRITTEN',
      message: expect.stringMatching(/journal, field line 1.*ENOSPC/),
    })),
  );
  said.mockRestore();
});
