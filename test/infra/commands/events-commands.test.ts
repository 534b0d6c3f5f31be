import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runNamedCommand } from '../../../infra/commands/run-named-command.ts';
import { EventDispatcher } from '../../../infra/local/events/event-dispatcher.ts';
import { createEventsApi } from '../../../infra/local/events/events-api.ts';
import { Outbox } from '../../../infra/local/events/outbox.ts';
import { listenOnLoopback } from '../../../infra/local/node-http.ts';
import {
  type ObjectStoreServer,
  startObjectStore,
} from '../../../infra/local/object-store/start-object-store.ts';
import { announcePlatform, withdrawPlatform } from '../../../infra/local/running-platform.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import {
  accessKeyId,
  bucket,
  secretAccessKey,
  settingsFor,
} from '../../fixtures/object-store/temporary-store.ts';

let folder: string;
let outbox: Outbox;
let dispatcher: EventDispatcher;
let server: ObjectStoreServer;
let api: Server;
let store: ObjectStore;
/** `<function> <event> <key>` of each invocation. */
let calls: string[];
/** What the functions answer; by key. */
let answers: Map<string, number>;
let stderr: string;

beforeEach(async () => {
  calls = [];
  answers = new Map();
  stderr = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-replay-'));
  await start();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await stop();
  await rm(folder, { recursive: true });
});

/** What a platform has of events, on the folder. */
async function start(): Promise<void> {
  outbox = await Outbox.open(path.join(folder, 'events'));
  dispatcher = new EventDispatcher({
    subscriptions: [
      { functionName: 'validate', event: { prefix: 'incoming/', operation: 'all' } },
      { functionName: 'shard', event: { prefix: 'receipts/', operation: 'write' } },
    ],
    outbox,
    invoke: async (functionName, { __ce_body, __ce_headers }) => {
      const { key } = JSON.parse(Buffer.from(__ce_body ?? '', 'base64').toString()) as { key: string };
      calls.push(`${functionName} ${__ce_headers?.['Ce-Type']?.split('.').at(-1)} ${key}`);
      const statusCode = answers.get(key) ?? 200;
      return { statusCode, headers: {}, body: { detail: statusCode === 200 ? 'fine' : 'because' } };
    },
    onDeadLetter: () => {},
    retry: { attempts: 2, firstMs: 1, longestMs: 1 },
  });
  dispatcher.recover();
  server = await startObjectStore({
    root: path.join(folder, 'buckets'),
    port: 0,
    accessKeyId,
    secretAccessKey,
    buckets: [bucket],
    outlet: dispatcher,
  });
  store = openCosObjectStore(settingsFor(server.url));
  api = createEventsApi({ key: 'k', bucket, store, outbox, dispatcher });
  const url = `http://127.0.0.1:${await listenOnLoopback(api, 0)}`;
  await announcePlatform(folder, {
    pid: process.pid,
    predictUrl: 'http://127.0.0.1:1/predict',
    cos: {},
    events: { url, key: 'k' },
  });
}

async function stop(): Promise<void> {
  await withdrawPlatform(folder);
  dispatcher.stop();
  api.close();
  api.closeAllConnections();
  await server.close();
  await outbox.close();
}

async function run(name: string, options: object = {}) {
  const lines: string[] = [];
  const exit = await runNamedCommand(name, {
    options: { 'persist-to': folder, ...options },
    configuration: {},
    root: folder,
    writeText: (line) => void lines.push(line),
  });
  return { exit, lines };
}

async function runJson(name: string, options: object = {}) {
  const { exit, lines } = await run(name, { json: true, ...options });
  expect(lines).toHaveLength(1);
  return { exit, json: JSON.parse(lines[0]!) };
}

/** Objects of which the functions say what is given. */
async function put(objects: Readonly<Record<string, number>>): Promise<void> {
  for (const [key, answer] of Object.entries(objects)) {
    answers.set(key, answer);
    await store.put(key, Buffer.from('1'));
  }
  await dispatcher.idle();
  calls = [];
}

describe('dead-letters', () => {
  it('says that there are none', async () => {
    expect(await run('dead-letters')).toEqual({ exit: 0, lines: ['no dead letters'] });
    expect(await runJson('dead-letters')).toEqual({ exit: 0, json: { letters: [] } });
  });

  it('tells function, key, attempts, reason and time, also after a restart', async () => {
    await put({ 'incoming/a': 503, 'receipts/b': 422, 'incoming/c': 200 });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const common = { operation: 'write', time };
    const letters = [
      { ...common, functionName: 'validate', key: 'incoming/a', attempts: 2, reason: '503 because' },
      { ...common, functionName: 'shard', key: 'receipts/b', attempts: 1, reason: '422 because' },
    ];
    expect(await runJson('dead-letters')).toEqual({ exit: 0, json: { letters } });
    await stop();
    await start();
    expect(await runJson('dead-letters')).toEqual({ exit: 0, json: { letters } });
    const { lines } = await run('dead-letters');
    expect(lines.map((line) => line.slice(25))).toEqual([
      'validate gave up on incoming/a after 2 attempts: 503 because',
      'shard gave up on receipts/b after 1 attempt: 422 because',
    ]);
    expect(calls).toEqual([]);
  });
});

describe('replay', () => {
  it('of a dead letter tells the function again, and the letter is gone when all is well', async () => {
    await put({ 'incoming/a': 503, 'incoming/ab': 200 });
    answers.clear();
    expect(await run('replay', { key: 'incoming/a' })).toEqual({
      exit: 0,
      lines: ['validate, write of incoming/a: well', 'replayed 1 event: 1 well, 0 failed'],
    });
    expect(calls).toEqual(['validate write incoming/a']);
    expect(await run('dead-letters')).toMatchObject({ lines: ['no dead letters'] });
  });

  it('of a prefix tells of every object below it, and fails when one fails again', async () => {
    await put({ 'incoming/s/a': 200, 'incoming/s/b': 422, 'incoming/s/c': 503, 'incoming/t/a': 200 });
    const { exit, json } = await runJson('replay', { key: 'incoming/s/' });
    expect(exit).toBe(1);
    expect(json).toMatchObject({
      delivered: 1,
      failed: 2,
      error: { code: 'REPLAY_FAILED', message: expect.stringContaining('2 failed in all') },
    });
    const outcome = (key: string, failure: object | null) => ({
      functionName: 'validate',
      key,
      operation: 'write',
      failure,
    });
    expect(json.results).toEqual(
      expect.arrayContaining([
        outcome('incoming/s/a', null),
        outcome('incoming/s/b', { attempts: 1, reason: '422 because' }),
        outcome('incoming/s/c', { attempts: 2, reason: '503 because' }),
      ]),
    );
    expect([...new Set(calls)].sort()).toEqual([
      'validate write incoming/s/a',
      'validate write incoming/s/b',
      'validate write incoming/s/c',
    ]);
    expect((await runJson('dead-letters')).json.letters).toHaveLength(2);
    expect(stderr).toContain('error REPLAY_FAILED');
  });

  it('of an object that is gone tells that it was deleted, or forgets what is not true any more', async () => {
    await put({ 'incoming/a': 422, 'receipts/a': 422 });
    await store.delete('receipts/a');
    answers.set('incoming/a', 503);
    await store.delete('incoming/a');
    await dispatcher.idle();
    calls = [];
    answers.clear();
    expect((await run('replay', { key: 'incoming/' })).lines[0]).toBe('validate, delete of incoming/a: well');
    expect(calls).toEqual(['validate delete incoming/a']);
    expect((await run('replay', { key: 'receipts/a' })).exit).toBe(0);
    expect(calls).toHaveLength(1);
    expect(await run('dead-letters')).toMatchObject({ lines: ['no dead letters'] });
  });

  it('of what matches nothing says what may have been meant', async () => {
    await put({ 'incoming/set/train/a.tfrecord': 200, 'shards/x': 200 });
    const { exit, json } = await runJson('replay', { key: 'incoming/set/tain/a.tfrecord' });
    expect([exit, json.error.code]).toEqual([2, 'REPLAY_UNMATCHED']);
    expect(json.error.message).toContain('perhaps incoming/set/train/a.tfrecord');
    const folder = await runJson('replay', { key: 'incoming/set/tran' });
    expect(folder.json.error.message).toContain('perhaps incoming/set/train/');
    const unheard = await runJson('replay', { key: 'shards/' });
    expect([unheard.exit, unheard.json.error.code]).toEqual([2, 'REPLAY_UNMATCHED']);
    expect(calls).toEqual([]);
  });
});

describe('both', () => {
  it.each(['dead-letters', 'replay'])('%s: a bucket of the cloud has no events to look at', async (name) => {
    vi.stubEnv('COS_ENDPOINT', 'https://s3.eu-de.cloud-object-storage.appdomain.cloud');
    const { exit, json } = await runJson(name, { key: 'incoming/' });
    expect([exit, json.error.code]).toEqual([2, 'LOCAL_ONLY']);
  });

  it.each(['dead-letters', 'replay'])('%s: no platform runs', async (name) => {
    await withdrawPlatform(folder);
    const { exit, json } = await runJson(name, { key: 'incoming/' });
    expect([exit, json.error.code]).toEqual([3, 'PLATFORM_NOT_RUNNING']);
  });

  it.each([{}, { key: '' }, { key: ['incoming/', ''] }])(
    'replay of other than one word is refused: %j',
    async (options) => {
      const { exit, json } = await runJson('replay', options);
      expect([exit, json.error.code]).toEqual([2, 'USAGE']);
    },
  );

  it('a platform that goes away amid a replay has not replayed', async () => {
    const half = createServer((_, response) => {
      response.write('{"functionName":"f","key":"k","operation":"write","failure":null}\n');
      setTimeout(() => response.destroy(), 20);
    });
    const url = `http://127.0.0.1:${await listenOnLoopback(half, 0)}`;
    await announcePlatform(folder, { pid: process.pid, predictUrl: '', cos: {}, events: { url, key: 'k' } });
    const { exit, json } = await runJson('replay', { key: 'incoming/' });
    expect([exit, json.error.code]).toEqual([3, 'PLATFORM_NOT_RUNNING']);
    half.close();
  });

  it('strangers are not let in', async () => {
    const url = `http://127.0.0.1:${(api.address() as { port: number }).port}`;
    expect((await fetch(`${url}/dead-letters`)).status).toBe(401);
    const authorization = 'Bearer k';
    expect((await fetch(`${url}/else`, { headers: { authorization } })).status).toBe(404);
    const wrong = await fetch(`${url}/replay`, { method: 'POST', headers: { authorization }, body: '{}' });
    expect([wrong.status, ((await wrong.json()) as { code: string }).code]).toEqual([422, 'REQUEST_INVALID']);
  });
});
