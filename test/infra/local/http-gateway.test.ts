import { mkdtemp, rm } from 'node:fs/promises';
import { request, type Server } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FunctionPool } from '../../../infra/local/function-pool.ts';
import { createHttpGateway } from '../../../infra/local/http-gateway.ts';
import { listenOnLoopback } from '../../../infra/local/node-http.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { bundleOf } from '../../fixtures/local/bundle-of.ts';

/** Answers with what it was given, or with what the path names. */
const source = `
  const binary = Buffer.from([0, 255, 128]).toString('base64');
  const answers = {
    '/object': { statusCode: 200, headers: { 'content-type': 'application/json' }, body: { a: 1 } },
    '/problem': { statusCode: 404, headers: { 'content-type': 'application/problem+json' }, body: { a: 2 } },
    '/json-text': { statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{"a":3}' },
    '/text': { statusCode: 200, headers: { 'Content-Type': 'text/plain' }, body: 'grüß dich' },
    '/bare': { statusCode: 200, body: 'no type' },
    '/binary': { statusCode: 200, headers: { 'content-type': 'image/png' }, body: binary },
    '/cookies': { statusCode: 204, headers: { 'set-cookie': ['a=1', 'b=2'] }, body: '' },
    '/large': { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(5 * 1024 * 1024 + 1) },
    '/status': { statusCode: 99, headers: {}, body: '' },
  };
  export async function main(params) {
    if (params.__ce_path === '/crash') process.exit(3);
    if (params.__ce_path === '/hang') await new Promise(() => {});
    return answers[params.__ce_path] ?? { statusCode: 200, headers: { 'content-type': 'application/json' }, body: params };
  }`;

const limit = 5 * 1024 * 1024;
let folder: string;
let pool: FunctionPool;
let server: Server;
let url: string;
const log: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-gateway-'));
  pool = new FunctionPool({
    name: 'echo',
    bundle: await bundleOf(folder, 'echo', source),
    hostFolder: path.join(projectRoot, 'infra/local'),
    env: {},
    timeoutMs: 1500,
    memoryBytes: 1024 ** 3,
    concurrency: 4,
    instances: 1,
    onLog: () => {},
  });
  server = createHttpGateway(
    (params) => pool.invoke(params),
    (line) => log.push(line),
  );
  url = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  pool.close();
  await rm(folder, { recursive: true });
});

/** A request as it goes on the wire, `path` unresolved. */
function send(
  target: string,
  options: { method?: string; headers?: Record<string, string>; pieces?: readonly (Buffer | string)[] } = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const { method = 'POST', headers = {}, pieces = [] } = options;
    const outgoing = request({ hostname, port, path: target, method, headers, agent: false });
    let answered = false;
    outgoing.on('response', async (incoming) => {
      answered = true;
      const parts: Buffer[] = [];
      for await (const part of incoming) parts.push(part);
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts) });
    });
    outgoing.on('error', (error) => {
      if (!answered) reject(error);
    });
    for (const piece of pieces) outgoing.write(piece);
    outgoing.end();
  });
}

async function paramsOf(target: string, type: string | null, body: Buffer | string | null) {
  const headers = { ...(type === null ? {} : { 'content-type': type }), 'x-request-id': 'id-1' };
  const answer = await send(target, { headers, pieces: body === null ? [] : [body] });
  return JSON.parse(answer.body.toString()) as Record<string, unknown>;
}

describe('a request becomes the parameters of a function', () => {
  const text = '{"planet1": "Mars", "planet2": "Jupiter"}';
  const bytes = Buffer.from([0, 1, 254, 255]);

  it("as Code Engine's documentation shows", async () => {
    expect(await paramsOf('/', 'application/json', text)).toEqual({
      __ce_body: 'eyJwbGFuZXQxIjogIk1hcnMiLCAicGxhbmV0MiI6ICJKdXBpdGVyIn0=',
      __ce_headers: {
        Connection: expect.any(String),
        'Content-Type': 'application/json',
        Host: expect.any(String),
        'Transfer-Encoding': 'chunked',
        'X-Request-Id': 'id-1',
      },
      __ce_method: 'POST',
      __ce_path: '/',
      __ce_query: '',
    });
  });

  it.each([
    ['application/octet-stream', bytes, bytes.toString('base64')],
    ['application/x-tfrecord', bytes, bytes.toString('base64')],
    ['application/json; charset=utf-8', text, Buffer.from(text).toString('base64')],
    [null, bytes, bytes.toString('base64')],
    ['text/csv; charset=utf-8', 'grüß dich', 'grüß dich'],
    ['TEXT/PLAIN', 'x', 'x'],
    ['application/x-www-form-urlencoded', 'a=1&b=%20', 'a=1&b=%20'],
  ])('whose body is base64, or plain for text and forms: %s', async (type, body, expected) => {
    expect((await paramsOf('/', type, body))['__ce_body']).toBe(expected);
  });

  it('without a body when there is none', async () => {
    expect(await paramsOf('/', 'application/json', null)).not.toHaveProperty('__ce_body');
  });

  it.each([
    ['/predict?top_k=5&x=%20a', '/predict', 'top_k=5&x=%20a'],
    ['/a/../b%2Fc', '/a/../b%2Fc', ''],
    ['//host/path', '//host/path', ''],
    ['//', '//', ''],
    ['/?', '/', ''],
    ['/x?a?b', '/x', 'a?b'],
  ])('with path and query as they came: %s', async (target, __ce_path, __ce_query) => {
    expect(await paramsOf(target, null, null)).toMatchObject({ __ce_path, __ce_query });
  });
});

describe('the result of a function becomes the answer', () => {
  it.each([
    ['/object', 200, 'application/json', Buffer.from('{"a":1}')],
    ['/problem', 404, 'application/problem+json', Buffer.from('{"a":2}')],
    ['/json-text', 200, 'application/json', Buffer.from('{"a":3}')],
    ['/text', 200, 'text/plain', Buffer.from('grüß dich')],
    ['/bare', 200, 'text/plain', Buffer.from('no type')],
    ['/binary', 200, 'image/png', Buffer.from([0, 255, 128])],
  ])('%s: %d %s', async (target, status, type, body) => {
    const answer = await send(target);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe(type);
    expect(answer.body).toEqual(body);
  });

  it('with headers of several values', async () => {
    const { status, headers } = await send('/cookies');
    expect([status, headers['set-cookie']]).toEqual([204, ['a=1', 'b=2']]);
  });

  it("with the caller's request id, or one of its own", async () => {
    expect((await send('/object', { headers: { 'x-request-id': 'abc' } })).headers['x-request-id']).toBe(
      'abc',
    );
    expect((await send('/object')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a failure becomes a problem document', () => {
  async function problemOf(target: string, options: Parameters<typeof send>[1] = {}) {
    const answer = await send(target, { headers: { 'x-request-id': 'id-9' }, ...options });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    const text = answer.body.toString();
    expect(text).not.toMatch(/\n\s+at /);
    const problem = JSON.parse(text) as Record<string, unknown>;
    expect(problem['status']).toBe(answer.status);
    return problem;
  }

  it.each([
    ['/crash', 502, 'FUNCTION_CRASHED', 'ended with code 3'],
    ['/hang', 504, 'FUNCTION_TIMED_OUT', 'none'],
    ['/large', 500, 'INTERNAL_FAULT', `${limit + 1} bytes`],
    ['/status', 502, 'FUNCTION_CRASHED', '99'],
  ])('%s: %d %s, with the request id', async (target, status, code, received) => {
    expect(await problemOf(target)).toMatchObject({ status, code, received, request_id: 'id-9' });
    expect(log.join('\n')).toContain('id-9');
    expect((await send('/object')).status).toBe(200);
  });

  const large = Buffer.alloc(limit + 1);
  it.each([
    [
      'announced',
      { headers: { 'content-length': String(large.length) }, pieces: [large] },
      `${large.length} bytes`,
    ],
    ['unannounced', { pieces: [large] }, `${large.length} bytes and more`],
    ['twice as large', { pieces: [large, large] }, /^\d+ bytes and more$/],
  ])('a body above 5 MB, %s: 413 with limit and size', async (_, options, received) => {
    expect(await problemOf('/', options)).toMatchObject({
      status: 413,
      code: 'BODY_TOO_LARGE',
      expected: `at most ${limit} bytes`,
      received: expect.stringMatching(received),
    });
  });

  it('a body of 5 MB is no failure', async () => {
    const { status } = await send('/object', { pieces: [large.subarray(1)] });
    expect(status).toBe(200);
  });

  it('a client that reads the refusal keeps its connection', async () => {
    const body = Buffer.alloc(limit + 1);
    expect((await fetch(url, { method: 'POST', body })).status).toBe(413);
    expect((await fetch(`${url}/object`)).status).toBe(200);
  });
});

it('a client that hangs up in the middle of its request harms nobody', async () => {
  const { hostname, port } = new URL(url);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc');
      setTimeout(() => socket.destroy(), 50);
    });
    socket.on('close', () => resolve());
  });
  expect((await send('/object')).status).toBe(200);
});

const otherAddresses = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address);

it.skipIf(otherAddresses.length === 0)('it cannot be reached by another address of the machine', async () => {
  const { port } = new URL(url);
  for (const host of otherAddresses) {
    const outcome = await new Promise<string>((resolve) => {
      const socket = connect({ host, port: Number(port), timeout: 2000 });
      socket.on('connect', () => resolve('reached'));
      socket.on('timeout', () => resolve('no answer'));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    });
    expect(outcome).not.toBe('reached');
  }
});
