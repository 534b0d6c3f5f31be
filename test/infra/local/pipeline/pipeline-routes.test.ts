import { request, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpGateway } from '../../../../infra/local/http-gateway.ts';
import { listenOnLoopback } from '../../../../infra/local/node-http.ts';
import { pipelineRoutes } from '../../../../infra/local/pipeline/pipeline-routes.ts';
import { PipelineWatch } from '../../../../infra/local/pipeline/pipeline-watch.ts';
import { readAliases } from '../../../../shared/registry/aliases.ts';
import { openCosObjectStore } from '../../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../../fixtures/object-store/temporary-store.ts';
import { publish, smallModel } from '../../../fixtures/published-model.ts';

let local: TemporaryStore;
let store: ObjectStore;
let server: Server;
let port: number;

beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
  await publish(store, 'small', '1', smallModel(1));
  await publish(store, 'small', '2', smallModel(2));
  const watched = { dispatcher: { underway: 0 }, outbox: { deadLetters: () => [] } };
  server = createHttpGateway(
    async ({ __ce_path }) => ({ statusCode: 200, headers: {}, body: `the function: ${__ce_path}` }),
    () => {},
    pipelineRoutes(new PipelineWatch({ store, ...watched }), store),
  );
  port = await listenOnLoopback(server, 0);
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await local.remove();
});

const stable = async () => (await readAliases(store, 'small'))?.aliases.stable;

/** Not by fetch, which sets these headers itself. */
function ask(method: string, path: string, headers: Record<string, string> = {}, body = '') {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asking = request(
      { port, host: '127.0.0.1', method, path, headers, agent: false },
      async (answer) => {
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part);
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() });
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}
const json = { 'content-type': 'application/json' };
const back = JSON.stringify({ model: 'small' });
const problemOf = ({ status, text }: { status: number; text: string }) => ({
  status,
  code: (JSON.parse(text) as { code: string }).code,
});

describe('the platform answers its page', () => {
  it('with the state of the pipeline', async () => {
    const { status, text } = await ask('GET', '/pipeline');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      datasets: [],
      runs: [],
      models: [{ model: 'small', stable: '2' }],
    });
  });

  it('and moves stable, so that the next look shows it', async () => {
    expect((await ask('POST', '/pipeline/rollback', json, back)).status).toBe(200);
    expect(await stable()).toBe('1');
    expect(JSON.parse((await ask('GET', '/pipeline')).text)).toMatchObject({ models: [{ stable: '1' }] });
    const body = JSON.stringify({ model: 'small', version: '2' });
    const origin = `http://127.0.0.1:${port}`;
    const { text } = await ask(
      'POST',
      '/pipeline/promote',
      { ...json, origin, 'sec-fetch-site': 'same-origin' },
      body,
    );
    expect(JSON.parse(text)).toMatchObject({ before: '1', changed: true, aliases: { stable: '2' } });
  });

  it('what cannot be done is a problem document', async () => {
    const body = JSON.stringify({ model: 'small', version: '9' });
    expect(problemOf(await ask('POST', '/pipeline/promote', json, body)).code).toBe('VERSION_UNKNOWN');
    expect(problemOf(await ask('POST', '/pipeline/promote', json, '{'))).toEqual({
      status: 400,
      code: 'BODY_MALFORMED',
    });
    expect(problemOf(await ask('POST', '/pipeline/promote', json, back)).code).toBe('REQUEST_INVALID');
    expect(problemOf(await ask('GET', '/pipeline/promote'))).toEqual({
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
    });
  });

  it('and leaves everything else to the function', async () => {
    expect((await ask('GET', '/pipelines')).text).toBe('the function: /pipelines');
    expect((await ask('GET', '/')).text).toBe('the function: /');
  });
});

describe('no page of another origin', () => {
  const origin = 'https://evil.example';
  it.each([
    ['moves stable', 'POST', '/pipeline/rollback', { ...json, origin }],
    [
      'moves stable without saying where it comes from',
      'POST',
      '/pipeline/rollback',
      { ...json, 'sec-fetch-site': 'cross-site' },
    ],
    ['of this machine moves stable', 'POST', '/pipeline/rollback', { ...json, origin: 'http://127.0.0.1:1' }],
    ['reads the state', 'GET', '/pipeline', { origin }],
    ['reads it by a name of its own for this machine', 'GET', '/pipeline', { host: 'evil.example:4800' }],
    ['moves stable by a name of its own', 'POST', '/pipeline/rollback', { ...json, host: 'evil.example' }],
  ])('%s', async (_, method, path, headers) => {
    const before = await stable();
    const answer = await ask(method, path, headers, method === 'POST' ? back : '');
    expect(problemOf(answer)).toEqual({ status: 403, code: 'ORIGIN_REFUSED' });
    expect(await stable()).toBe(before);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'a form or a simple request moves nothing: %s',
    async (type) => {
      const before = await stable();
      const answer = await ask('POST', '/pipeline/rollback', { 'content-type': type }, back);
      expect(problemOf(answer)).toEqual({ status: 415, code: 'BODY_UNSUPPORTED_TYPE' });
      expect(await stable()).toBe(before);
    },
  );
});
