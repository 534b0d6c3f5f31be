import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventDispatcher } from '../../../../infra/local/events/event-dispatcher.ts';
import { cosEventParams, cronEventParams } from '../../../../infra/local/events/event-params.ts';
import { type DeadLetter, Outbox } from '../../../../infra/local/events/outbox.ts';
import { FunctionPool } from '../../../../infra/local/function-pool.ts';
import {
  type ObjectNotice,
  type ObjectStoreServer,
  startObjectStore,
} from '../../../../infra/local/object-store/start-object-store.ts';
import type { Subscription } from '../../../../infra/service/service-events.ts';
import { parseCloudEvent } from '../../../../shared/events/cloud-event.ts';
import { httpEventOf } from '../../../../shared/http/code-engine-function.ts';
import { bodyBytes } from '../../../../shared/http/http-event.ts';
import { openCosObjectStore } from '../../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import { projectRoot } from '../../../e2e/run-serverless.ts';
import { bundleOf } from '../../../fixtures/local/bundle-of.ts';
import {
  accessKeyId,
  bucket,
  secretAccessKey,
  settingsFor,
} from '../../../fixtures/object-store/temporary-store.ts';

/** Prints what it gets; the object's name says how often it fails, and with what. */
const source = `
  import { appendFileSync, existsSync, readFileSync } from 'node:fs';
  export async function main(params) {
    const body = Buffer.from(params.__ce_body, 'base64').toString();
    console.log(JSON.stringify({ at: Date.now(), params, body }));
    const { key } = JSON.parse(body);
    const [, kind, times] = /(\\w+)-(\\d+)$/.exec(key) ?? [];
    const file = process.env.FOLDER + '/' + encodeURIComponent(key);
    appendFileSync(file, 'x');
    const count = readFileSync(file).length;
    if (kind === undefined || count > Number(times)) return { statusCode: 200, headers: {}, body: {} };
    if (kind === 'hang') await new Promise(() => {});
    if (kind === 'crash') process.exit(1);
    return { statusCode: Number(kind), headers: {}, body: { detail: 'because' } };
  }`;

interface Delivery {
  readonly at: number;
  readonly params: { readonly __ce_headers: Record<string, string> };
  readonly body: string;
}

let folder: string;
let server: ObjectStoreServer;
let store: ObjectStore;
let pool: FunctionPool;
let outbox: Outbox;
let dispatcher: EventDispatcher;
const delivered: Delivery[] = [];
const letters: DeadLetter[] = [];
const firstMs = 40;

const subscriptions: Subscription[] = [
  { functionName: 'f', event: { prefix: 'in/', operation: 'all' } },
  { functionName: 'g', event: { prefix: 'in/', suffix: '.two', operation: 'write' } },
];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-events-'));
  pool = new FunctionPool({
    name: 'f',
    bundle: await bundleOf(folder, 'f', source),
    hostFolder: path.join(projectRoot, 'infra/local'),
    env: { FOLDER: folder },
    timeoutMs: 1500,
    memoryBytes: 1024 ** 3,
    concurrency: 8,
    instances: 2,
    onLog: (line) => {
      if (line.startsWith('{')) delivered.push(JSON.parse(line) as Delivery);
    },
  });
  outbox = await Outbox.open(path.join(folder, 'events'));
  dispatcher = new EventDispatcher({
    subscriptions,
    outbox,
    invoke: (_, params) => pool.invoke(params),
    onDeadLetter: (letter) => letters.push(letter),
    retry: { attempts: 4, firstMs, longestMs: 100 },
  });
  server = await startObjectStore({
    root: path.join(folder, 'store'),
    port: 0,
    accessKeyId,
    secretAccessKey,
    buckets: [bucket],
    outlet: dispatcher,
  });
  store = openCosObjectStore(settingsFor(server.url));
});
afterAll(async () => {
  dispatcher.stop();
  pool.close();
  await server.close();
  await outbox.close();
  await rm(folder, { recursive: true });
});

const deliveriesOf = (key: string) =>
  delivered.filter(({ body }) => (JSON.parse(body) as { key: string }).key === key);

/** Puts an object and waits until nothing is under way; the log comes behind the answer. */
async function drop(key: string, deliveries: number): Promise<Delivery[]> {
  const content = { contentType: 'text/rtf' };
  await store.put(key, Buffer.from('x'.repeat(4642)), content);
  await dispatcher.idle();
  await expect.poll(() => deliveriesOf(key).length, { timeout: 5000 }).toBe(deliveries);
  return deliveriesOf(key);
}

const letterOf = (key: string, attempts: number, reason: string): DeadLetter => {
  const time: string = expect.stringMatching(rfc3339);
  return { functionName: 'f', key, operation: 'write', attempts, reason, time };
};

const noticeOf = (key: string): ObjectNotice => {
  const about = { bucket, key, etag: 'e', size: 1, contentType: null, requestId: 'r' };
  return { operation: 'write', ...about, time: new Date() };
};

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('an object event', () => {
  it('is delivered with the headers and body that Code Engine documents', async () => {
    const [delivery] = await drop('in/Notes.rtf', 1);
    const info = await store.head('in/Notes.rtf');
    expect(delivery!.params).toEqual({
      __ce_method: 'POST',
      __ce_path: '/',
      __ce_query: '',
      __ce_headers: {
        'Ce-Id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'Ce-Source': `https://cloud.ibm.com/catalog/services/cloud-object-storage/${bucket}`,
        'Ce-Specversion': '1.0',
        'Ce-Subject': 'in/Notes.rtf',
        'Ce-Time': expect.stringMatching(rfc3339),
        'Ce-Type': 'com.ibm.cloud.cos.document.write',
        'Content-Type': 'application/json',
      },
      __ce_body: expect.any(String),
    });
    const body = JSON.parse(delivery!.body) as { notification: object };
    expect(Object.keys(body)).toEqual(['bucket', 'endpoint', 'key', 'notification', 'operation']);
    expect(Object.keys(body.notification)).toEqual([
      ...['bucket_name', 'content_type', 'event_type', 'format', 'object_etag', 'object_length'],
      ...['object_name', 'request_id', 'request_time'],
    ]);
    expect(body).toEqual({
      bucket,
      endpoint: '',
      key: 'in/Notes.rtf',
      notification: {
        bucket_name: bucket,
        content_type: 'text/rtf',
        event_type: 'Object:Write',
        format: '2.0',
        object_etag: info?.etag,
        object_length: '4642',
        object_name: 'in/Notes.rtf',
        request_id: expect.stringMatching(/\w/),
        request_time: expect.stringMatching(rfc3339),
      },
      operation: 'Object:Write',
    });
  });

  it('of a deletion has neither length nor ETag', async () => {
    await drop('in/gone', 1);
    await store.delete('in/gone');
    await dispatcher.idle();
    await expect.poll(() => deliveriesOf('in/gone').length).toBe(2);
    const { params, body } = deliveriesOf('in/gone')[1]!;
    expect(params.__ce_headers['Ce-Type']).toBe('com.ibm.cloud.cos.document.delete');
    expect(JSON.parse(body)).toMatchObject({ key: 'in/gone', operation: 'Object:Delete' });
    expect(Object.keys((JSON.parse(body) as { notification: object }).notification)).toEqual([
      ...['bucket_name', 'event_type', 'format', 'object_name', 'request_id', 'request_time'],
    ]);
    expect(JSON.parse(body)).toMatchObject({ notification: { event_type: 'Object:Delete' } });
  });

  it('goes to every subscription that matches, and to no other', async () => {
    const ids = (await drop('in/a.two', 2)).map(({ params }) => params.__ce_headers['Ce-Id']);
    expect(new Set(ids).size).toBe(2);
    await drop('out/a.two', 0);
    await drop('in', 0);
  });

  it.each(['in/grüß dich "50 %"', 'in/a\u007fb', 'in/😀'])(
    'of %j is what the functions read',
    async (key) => {
      const event = httpEventOf(cosEventParams(noticeOf(key), 'id'));
      expect(event.headers['ce-subject']).toMatch(/^[!#$&-~]+(%[0-9A-F]{2}[!#$&-~]*)+$/);
      expect(decodeURIComponent(event.headers['ce-subject']!)).toBe(key);
      const text = Buffer.from(bodyBytes(event)).toString();
      expect(parseCloudEvent(event.headers, text)).toMatchObject({ kind: 'object', operation: 'write', key });
    },
  );
});

it('the event of the clock is what the functions read', () => {
  const event = httpEventOf(cronEventParams('sweep', new Date(0)));
  expect(event.headers).toMatchObject({
    'ce-type': 'dev.knative.sources.ping',
    'ce-time': '1970-01-01T00:00:00.000Z',
  });
  expect(parseCloudEvent(event.headers, '')).toEqual({ kind: 'clock', id: event.headers['ce-id'] });
});

describe('a delivery that fails', () => {
  it.each(['503-2', '500-2', '429-2', 'crash-1', 'hang-1'])(
    'and may succeed later is tried again with the same id, later each time: %s',
    async (how) => {
      const times = Number(how.split('-')[1]);
      const deliveries = await drop(`in/${how}`, times + 1);
      expect(new Set(deliveries.map(({ params }) => params.__ce_headers['Ce-Id'])).size).toBe(1);
      const gaps = deliveries.slice(1).map(({ at }, i) => at - deliveries[i]!.at);
      for (const [i, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(firstMs * 2 ** i - 2);
      expect(letters).toEqual([]);
    },
  );

  it.each(['400-9', '404-9', '422-9'])('and always will is given up at once: %s', async (how) => {
    await drop(`in/${how}`, 1);
    const reason = `${how.slice(0, 3)} because`;
    expect(letters.splice(0)).toEqual([letterOf(`in/${how}`, 1, reason)]);
  });

  it('is given up after the last attempt, and that is reported', async () => {
    await drop('in/503-99', 4);
    expect(letters.splice(0)).toEqual([letterOf('in/503-99', 4, '503 because')]);
  });
});

it('is idle when nothing is under way, retries included', async () => {
  const answers: ((statusCode: number) => void)[] = [];
  const busy = await Outbox.open(path.join(folder, 'busy'));
  const held = new EventDispatcher({
    subscriptions,
    outbox: busy,
    invoke: () =>
      new Promise((resolve) => answers.push((statusCode) => resolve({ statusCode, headers: {}, body: {} }))),
    onDeadLetter: () => {},
    retry: { attempts: 3, firstMs: 1, longestMs: 1 },
  });
  await held.idle();
  for (const key of ['in/x', 'in/y']) (await held.announce(noticeOf(key))).send();
  let idle = 0;
  const waiting = [held.idle(), held.idle()].map((one) => one.then(() => idle++));
  expect([answers.length, held.underway]).toEqual([2, 2]);
  answers[0]!(200);
  answers[1]!(503);
  await expect.poll(() => answers.length).toBe(3);
  expect([held.underway, idle]).toEqual([1, 0]);
  answers[2]!(200);
  await Promise.all(waiting);
  expect([held.underway, idle]).toEqual([0, 2]);
  await busy.close();
});

it('when it stops, retries that wait are over at once, nothing more is delivered, and all is left for the next start', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const calls: string[] = [];
  const left = await Outbox.open(path.join(folder, 'stopped'));
  const stopping = new EventDispatcher({
    subscriptions,
    outbox: left,
    invoke: async () => {
      calls.push('called');
      return { statusCode: 503, headers: {}, body: {} };
    },
    onDeadLetter: () => calls.push('dead letter'),
    retry: { attempts: 3, firstMs: 60_000, longestMs: 60_000 },
  });
  const change = async (key: string) => (await stopping.announce(noticeOf(key))).send();
  const keys = Array.from({ length: 20 }, (_, i) => `in/z${i}`);
  await Promise.all(keys.map(change));
  await new Promise((resolve) => setTimeout(resolve, 10));
  stopping.stop();
  await stopping.idle();
  await change('in/after');
  await stopping.idle();
  expect(calls).toEqual(keys.map(() => 'called'));
  expect(left.unfinished().map(({ notice }) => notice.key)).toEqual([...keys, 'in/after']);
  await left.close();
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
