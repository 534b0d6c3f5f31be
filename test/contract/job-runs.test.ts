import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOnLoopback, readBody } from '../../infra/local/node-http.ts';
import { arraySpec, openCodeEngineJobs } from '../../shared/runs/code-engine-jobs.ts';
import { projectRoot } from '../e2e/run-serverless.ts';

const folder = path.join(projectRoot, '../shared/code-engine');
const briefing = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly type: string;
  readonly body: Record<string, unknown>;
}

// What IBM's SDK may send and its tests are answered; skipped where the briefing is not beside the project.
describe.skipIf(!existsSync(folder))(
  'a start of the training job, held against the API of Code Engine',
  () => {
    const asked: Asked[] = [];
    let server: Server;
    let url: string;

    const bodyOf = async (request: IncomingMessage) =>
      Buffer.from(await readBody(request, 1e6)).toString('utf8');
    beforeAll(async () => {
      const { status, body: answer } = briefing('mock-responses.json').CreateJobRun;
      server = createServer(async (request, response) => {
        const url = new URL(request.url!, 'http://x');
        const text = await bodyOf(request);
        if (url.pathname === '/identity/token') {
          response.end('{"access_token": "t"}');
          return;
        }
        const type = request.headers['content-type']!;
        asked.push({ method: request.method!, url, type, body: JSON.parse(text) });
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
      url = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`;
    });
    afterAll(() => server.close());

    const start = async (indices?: readonly number[]) => {
      const settings = { apiBaseUrl: url, projectId: 'p', job: 'train', apiKey: 'k' };
      const jobs = openCodeEngineJobs({ ...settings, iamTokenEndpoint: `${url}/identity/token` });
      await jobs.start('night-1', { EARSHOT_RUN: 'night' }, indices);
      return asked.pop()!;
    };

    it.each([
      ['one network', undefined, undefined],
      ['an ensemble', [0, 1, 2, 3], '0-3'],
      ['a member that is started again', [2], '2'],
    ])('of %s has only fields that it knows, of their types', async (_, indices, spec) => {
      const {
        method,
        path: pattern,
        contentType,
        body: fields,
      } = briefing('ce-contract.json').operations.createJobRun;
      const request = await start(indices);
      expect(request.method).toBe(method);
      expect(request.url.pathname).toBe(`/v2${pattern.replace('{project_id}', 'p')}`);
      expect(request.url.searchParams.get('version')).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(request.type).toBe(contentType);
      expect(request.body['scale_array_spec']).toBe(spec);
      for (const [name, value] of Object.entries(request.body)) {
        const { type } = fields[name] ?? { type: `no field ${name}` };
        expect([name, Array.isArray(value) ? 'EnvVarPrototype[]' : typeof value]).toEqual([name, type]);
      }
      const required = Object.keys(fields).filter((name) => fields[name].required);
      expect(Object.keys(request.body)).toEqual(expect.arrayContaining(required));
    });
  },
);

it.each([
  [[0], '0'],
  [[0, 1, 2], '0-2'],
  [[0, 2, 3, 9], '0,2-3,9'],
])('the indices %j are written as %s', (indices, spec) => {
  expect(arraySpec(indices)).toBe(spec);
});
