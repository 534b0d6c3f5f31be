import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import {
  bucket,
  settingsFor,
  startTemporaryStore,
  type TemporaryStore,
} from '../../fixtures/object-store/temporary-store.ts';

let local: TemporaryStore;
const servers: Server[] = [];
beforeAll(async () => {
  local = await startTemporaryStore();
});
afterAll(() => local.remove());
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(answer: (incoming: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((incoming, response) => {
    incoming.resume();
    incoming.on('end', () => answer(incoming, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function first<T>(items: AsyncIterable<T>): Promise<T | null> {
  for await (const item of items) return item;
  return null;
}

const errorDocument = (code: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`;

it('names the key and what the store said when the credentials are wrong', async () => {
  const store = openCosObjectStore(settingsFor(local.server.url, 'another secret'));
  const denied = { code: 'STORE_DENIED', details: { file: 'a/key' } };
  await expect(store.get('a/key')).rejects.toMatchObject(denied);
  await expect(store.get('a/key')).rejects.toThrow(/a\/key.*403 SignatureDoesNotMatch/);
  await expect(store.stream('a/key')).rejects.toMatchObject(denied);
  await expect(store.head('a/key')).rejects.toMatchObject(denied);
  await expect(store.put('a/key', Buffer.from('x'))).rejects.toMatchObject(denied);
  await expect(store.put('a/key', Buffer.alloc(65 * 1024 * 1024))).rejects.toMatchObject(denied);
  await expect(store.delete('a/key')).rejects.toMatchObject(denied);
  await expect(first(store.list('a/'))).rejects.toMatchObject({
    code: 'STORE_DENIED',
    details: { file: 'a/' },
  });
});

it('does not take a missing bucket for a missing object', async () => {
  const store = openCosObjectStore({ ...local.settings, bucket: 'no-such-bucket' });
  const failed = { code: 'STORE_FAILED', details: { received: expect.stringContaining('404 NoSuchBucket') } };
  await expect(store.get('key')).rejects.toMatchObject(failed);
  await expect(store.stream('key')).rejects.toMatchObject(failed);
  await expect(store.put('key', Buffer.from('x'), { ifMatch: 'e' })).rejects.toMatchObject(failed);
  await expect(store.delete('key')).rejects.toMatchObject(failed);
  await expect(first(store.list(''))).rejects.toMatchObject(failed);
});

it('says that the store is unreachable when nobody listens', async () => {
  const url = await serve(() => {});
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  const store = openCosObjectStore(settingsFor(url));
  await expect(store.put('key', Buffer.from('x'))).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    details: { file: 'key' },
  });
});

it('repeats a request that the store could not serve at once', async () => {
  let requests = 0;
  const url = await serve((_, response) => {
    requests += 1;
    if (requests < 3) response.writeHead(503).end(errorDocument('SlowDown'));
    else response.writeHead(200, { etag: '"abc"' }).end();
  });
  const store = openCosObjectStore(settingsFor(url));
  expect(await store.put('key', Buffer.from('x'))).toEqual({ written: true, etag: 'abc' });
  expect(requests).toBe(3);
});

it('does not repeat what the store has no room for, and says so', async () => {
  let requests = 0;
  const url = await serve((_, response) => {
    requests += 1;
    response.writeHead(507).end(errorDocument('InsufficientStorage'));
  });
  const store = openCosObjectStore(settingsFor(url));
  const full = { code: 'STORE_FULL', details: { file: 'key', received: '507 InsufficientStorage m' } };
  await expect(store.put('key', Buffer.from('x'))).rejects.toMatchObject(full);
  expect(requests).toBe(1);
});

it('repeats a conditional write that met another in flight', async () => {
  const conditions: (string | undefined)[] = [];
  const url = await serve((incoming, response) => {
    conditions.push(incoming.headers['if-match']);
    if (conditions.length < 3) response.writeHead(409).end(errorDocument('ConditionalRequestConflict'));
    else response.writeHead(200, { etag: '"new"' }).end();
  });
  const store = openCosObjectStore(settingsFor(url));
  expect(await store.put('key', Buffer.from('x'), { ifMatch: 'old' })).toEqual({
    written: true,
    etag: 'new',
  });
  expect(conditions).toEqual(['"old"', '"old"', '"old"']);
});

it('exchanges an API key for a token once, and shows the token to the store', async () => {
  const asked: string[] = [];
  const tokenEndpoint = await serve(async (incoming, response) => {
    asked.push(incoming.url ?? '');
    const expiration = Math.floor(Date.now() / 1000) + 3600;
    const token = {
      access_token: 'the-token',
      refresh_token: 'r',
      token_type: 'Bearer',
      expires_in: 3600,
      expiration,
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
  });
  const shown: (string | undefined)[] = [];
  const endpoint = await serve((incoming, response) => {
    shown.push(incoming.headers.authorization);
    response.writeHead(200, { etag: '"abc"', 'last-modified': new Date().toUTCString() }).end();
  });
  const store = openCosObjectStore({
    endpoint,
    bucket,
    region: 'us-south',
    credentials: {
      kind: 'iam',
      apiKey: 'an-api-key',
      serviceInstanceId: 'crn',
      tokenEndpoint: `${tokenEndpoint}/identity/token`,
    },
  });
  await store.put('key', Buffer.from('x'), { ifMatch: 'abc' });
  await Promise.all([store.head('key'), store.get('key')]);
  expect(asked).toEqual(['/identity/token']);
  expect(shown).toEqual(['Bearer the-token', 'Bearer the-token', 'Bearer the-token']);
});

it('says that the credentials are refused when IAM does not know the API key', async () => {
  const tokenEndpoint = await serve((_, response) => {
    response
      .writeHead(400)
      .end(JSON.stringify({ errorCode: 'BXNIM0415E', errorMessage: 'Provided API key could not be found.' }));
  });
  const credentials = { kind: 'iam', apiKey: 'wrong', serviceInstanceId: 'crn', tokenEndpoint } as const;
  const store = openCosObjectStore({ endpoint: local.server.url, bucket, region: 'us-south', credentials });
  await expect(store.head('key')).rejects.toMatchObject({
    code: 'STORE_DENIED',
    details: { received: 'no token from IAM: 400' },
  });
});

it('says that the store is unreachable when IAM is', async () => {
  const tokenEndpoint = await serve((_, response) => response.writeHead(503).end());
  const credentials = { kind: 'iam', apiKey: 'right', serviceInstanceId: 'crn', tokenEndpoint } as const;
  const store = openCosObjectStore({ endpoint: local.server.url, bucket, region: 'us-south', credentials });
  await expect(store.head('key')).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
});
