import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runInvoke } from '../../../../infra/commands/cloud/invoke-command.ts';
import { listenOnLoopback, readBody } from '../../../../infra/local/node-http.ts';
import type { Service } from '../../../../infra/service/service.ts';
import { EarshotError } from '../../../../shared/errors/earshot-error.ts';
import { problemResult } from '../../../../shared/http/problem.ts';
import { commandContext } from '../../../fixtures/deployment/command-context.ts';
import { aService } from '../../../fixtures/deployment/deploy-in-memory.ts';
import { apiKey, deployedService } from '../../../fixtures/deployment/deployed-service.ts';
import { type FakeCloud, startCloud } from '../../../fixtures/ibm-cloud/start-cloud.ts';

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const base = aService();
const service: Service = {
  ...base,
  functions: {
    ...base.functions,
    infer: {
      ...base.functions['infer']!,
      events: [{ http: { path: '/predict', method: 'POST' } }, { http: { path: '/healthz', method: 'GET' } }],
    },
  },
};
let cloud: FakeCloud;
/** Stands for the function's URL. */
let deployed: Server;
let asked: Asked[] = [];
let answer: { readonly statusCode: number; readonly body: string };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-invoke-'));
  deployed = createServer(async (request, response) => {
    const { method, url, headers } = request;
    asked.push({ method, url, headers, body: Buffer.from(await readBody(request, 1e6)).toString('utf8') });
    response.writeHead(answer.statusCode).end(answer.body);
  });
  const infer = `http://127.0.0.1:${await listenOnLoopback(deployed, 0)}`;
  cloud = await startCloud();
  await deployedService(cloud, service, { infer });
});
afterAll(async () => {
  await cloud.close();
  deployed.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  asked = [];
  answer = { statusCode: 200, body: '{"clips":[]}' };
  cloud.codeEngine.manners.showsSecrets = true;
});

const invoke = (options: object, env: Record<string, string> = {}) =>
  runInvoke(commandContext(service, { ...cloud.env, ...env }, { function: 'infer', ...options }).context);

describe('invoke', () => {
  it('sends JSON with the API key of the project and tells the answer', async () => {
    const { lines, json, failure } = await invoke({ data: '{"clips":[1]}' });
    expect(asked).toMatchObject([{ method: 'POST', url: '/predict', body: '{"clips":[1]}' }]);
    expect(asked[0]!.headers).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
    });
    expect(lines[0]).toMatch(/^POST http:.*\/predict: 200 in \d/);
    expect([json, failure]).toMatchObject([{ status: 200, answer: { clips: [] } }, null]);
    expect(JSON.stringify({ lines, json })).not.toContain(apiKey);
  });

  it('sends a file as what it is', async () => {
    for (const [name, type] of [
      ['clips.tfrecord', 'application/octet-stream'],
      ['clips.json', 'application/json'],
      ['sound.wav', 'audio/wav'],
    ] as const) {
      await writeFile(path.join(folder, name), name);
      await invoke({ path: path.join(folder, name) });
      expect(asked.at(-1)).toMatchObject({ body: name, headers: { 'content-type': type } });
    }
  });

  it('without data asks for the health', async () => {
    await invoke({});
    expect(asked).toMatchObject([{ method: 'GET', url: '/healthz' }]);
  });

  it('takes the API key of the environment, and says which is missing where the API tells none', async () => {
    cloud.codeEngine.manners.showsSecrets = false;
    await expect(invoke({})).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      details: { field: 'EARSHOT_API_KEY' },
    });
    await invoke({}, { EARSHOT_API_KEY: 'mine' });
    expect(asked).toMatchObject([{ headers: { authorization: 'Bearer mine' } }]);
  });

  it('ends with the error that the function answers with', async () => {
    const refused = new EarshotError('REQUEST_INVALID', { path: 'clips', expected: 'a list', received: '1' });
    answer = problemResult(refused, 'r1');
    const { failure } = await invoke({ data: '{"clips":1}' });
    expect(failure).toMatchObject({
      code: 'REQUEST_INVALID',
      details: { path: 'clips', expected: 'a list', received: '1' },
    });
  });

  it.each([
    [299, 'longer than its timeout'],
    [429, 'too many requests'],
    [503, 'no instance'],
  ])('explains the status %i of Code Engine', async (statusCode, words) => {
    answer = { statusCode, body: 'x' };
    const { failure } = await invoke({});
    expect(failure?.code).toBe('INVOKE_FAILED');
    expect(failure?.message).toContain(words);
  });

  it.each([
    [{ function: 'validate' }, 'infer'],
    [{ function: 'nothing' }, 'infer'],
    [{ data: '{}', path: 'x' }, 'one of --data and --path'],
  ])('refuses %j', async (options, expected) => {
    await expect(invoke(options)).rejects.toMatchObject({
      code: 'USAGE',
      details: { expected: expect.stringContaining(expected) },
    });
  });

  it.each(['/nowhere/clips.json'])('says that %s cannot be read', async (file) => {
    await expect(invoke({ path: file })).rejects.toMatchObject({ code: 'DATA_UNREADABLE' });
  });

  it('says that nothing is deployed where nothing is', async () => {
    const { context } = commandContext(aService({ service: 'another' }), cloud.env, { function: 'infer' });
    await expect(runInvoke({ ...context, options: { function: 'infer', data: '{}' } })).rejects.toMatchObject(
      {
        code: 'NOT_DEPLOYED',
      },
    );
  });
});
