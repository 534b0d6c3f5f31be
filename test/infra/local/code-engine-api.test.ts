import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCodeEngineApi } from '../../../infra/local/code-engine-api.ts';
import { JobRunner } from '../../../infra/local/job-runner.ts';
import { listenOnLoopback } from '../../../infra/local/node-http.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { openCodeEngineJobs } from '../../../shared/runs/code-engine-jobs.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { bundleOf } from '../../fixtures/local/bundle-of.ts';

const apiKey = 'the-key';
const projectId = '00000000-0000-4000-8000-000000000001';
const version = '2026-06-15';
const servers: Server[] = [];
/** What each job run said of itself: its name and what it was asked to do. */
const started: string[] = [];
let folder: string;
let url: string;
let runner: JobRunner;

async function listen(server: Server): Promise<string> {
  servers.push(server);
  return `http://127.0.0.1:${await listenOnLoopback(server, 0)}`;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-api-'));
  const source = `export async function main() { console.log(process.env.CE_JOBRUN, process.env.EARSHOT_RUN, process.env.JOB_INDEX); }`;
  runner = new JobRunner({
    jobs: new Map([
      ['train', { bundle: await bundleOf(folder, 'job', source), env: {}, timeoutMs: 20_000, atOnce: 1 }],
    ]),
    hostFolder: path.join(projectRoot, 'infra/local'),
    graceMs: 1000,
    onLog: (_, line) => started.push(line),
    onExit: () => {},
  });
  url = await listen(createCodeEngineApi({ apiKey, projectId, runner }));
});
afterAll(async () => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await runner.close();
  await rm(folder, { recursive: true });
});

const settings = () => ({
  apiBaseUrl: url,
  projectId,
  job: 'train',
  apiKey,
  iamTokenEndpoint: `${url}/identity/token`,
});

async function token(): Promise<string> {
  const grant = { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: apiKey };
  const response = await fetch(`${url}/identity/token`, { method: 'POST', body: new URLSearchParams(grant) });
  expect(response.status).toBe(200);
  return ((await response.json()) as { access_token: string }).access_token;
}

const jobRun = (name: string) => ({
  job_name: 'train',
  name,
  run_env_variables: [{ type: 'literal', name: 'EARSHOT_RUN', value: 'r' }],
});

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly authorization?: string;
  readonly type?: string;
  readonly body?: string;
}

async function ask(asked: Asked) {
  const response = await fetch(
    `${url}${asked.path ?? `/v2/projects/${projectId}/job_runs?version=${version}`}`,
    {
      method: asked.method ?? 'POST',
      headers: {
        authorization: asked.authorization ?? `Bearer ${await token()}`,
        'content-type': asked.type ?? 'application/json',
      },
      ...(asked.method === 'GET' ? {} : { body: asked.body ?? '' }),
    },
  );
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

describe('the API of Code Engine on this machine', () => {
  it('starts a job run with its environment, once for a name', async () => {
    const body = JSON.stringify(jobRun('first-1'));
    expect(await ask({ body })).toEqual({
      status: 202,
      answer: { name: 'first-1', job_name: 'train', project_id: projectId, status: 'pending' },
    });
    expect((await ask({ body })).status).toBe(409);
    await expect.poll(() => started, { timeout: 10_000 }).toEqual(['first-1 r 0']);
  });

  it('starts a job array as a process for each index', async () => {
    const body = JSON.stringify({ ...jobRun('array-1'), scale_array_spec: '0-1,7' });
    expect((await ask({ body })).status).toBe(202);
    await expect
      .poll(() => started.filter((line) => line.startsWith('array')).sort(), { timeout: 10_000 })
      .toEqual(['array-1 r 0', 'array-1 r 1', 'array-1 r 7']);
  });

  const base = `/v2/projects/${projectId}/job_runs`;
  const withBody = (change: object) => ({ body: JSON.stringify({ ...jobRun('never'), ...change }) });
  it.each<[string, number, Asked]>([
    ['an unknown field', 400, withBody({ image: 'x' })],
    ['an unknown field of a variable', 400, withBody({ run_env_variables: [{ type: 'literal', nam: 'A' }] })],
    [
      'a value that is no text',
      400,
      withBody({ run_env_variables: [{ type: 'literal', name: 'A', value: 1 }] }),
    ],
    ['a name of capital letters', 400, withBody({ name: 'Never' })],
    ['a name that is too long', 400, withBody({ name: 'n'.repeat(64) })],
    ['an array of letters', 400, withBody({ scale_array_spec: 'a-b' })],
    ['an array without an index', 400, withBody({ scale_array_spec: '3-1' })],
    ['an array of a million', 400, withBody({ scale_array_spec: '0-999999' })],
    ['no name of a job', 400, withBody({ job_name: undefined })],
    ['a body that is no JSON', 400, { body: '{' }],
    ['no body', 400, {}],
    ['a body of 2 MB', 413, { body: JSON.stringify({ ...jobRun('never'), name: 'n'.repeat(2_000_000) }) }],
    ['another content type', 415, { ...withBody({}), type: 'text/plain' }],
    ['no version of the API', 400, { ...withBody({}), path: base }],
    ['an unknown job', 404, withBody({ job_name: 'tain' })],
    ['another project', 404, { ...withBody({}), path: `/v2/projects/other/job_runs?version=${version}` }],
    ['another path', 404, { ...withBody({}), path: '//' }],
    ['another method', 404, { method: 'GET' }],
    ['a wrong token', 401, { ...withBody({}), authorization: 'Bearer wrong' }],
    ['no token', 401, { ...withBody({}), authorization: '' }],
  ])('answers %s with %d and says why', async (_, status, asked) => {
    const { status: got, answer } = await ask(asked);
    expect(got).toBe(status);
    expect(answer).toEqual({
      errors: [{ code: expect.stringMatching(/^\w+$/), message: expect.stringMatching(/\w/) }],
      trace: expect.any(String),
      status_code: status,
    });
    expect(started.join()).not.toContain('never');
  });

  it('names the field that is wrong', async () => {
    const { answer } = await ask(withBody({ run_env_variables: [{ type: 'literal', name: 'A', value: 1 }] }));
    expect(JSON.stringify(answer)).toContain('run_env_variables[0].value');
  });

  it.each([
    ['a wrong key', { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: 'wrong' }],
    ['another grant', { grant_type: 'password', apikey: apiKey }],
  ])('gives no token for %s', async (_, grant) => {
    const response = await fetch(`${url}/identity/token`, {
      method: 'POST',
      body: new URLSearchParams(grant),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errorCode: expect.stringMatching(/^BXNIM/) });
  });

  it('outlives a client that hangs up in the middle of its request', async () => {
    const { hostname, port } = new URL(url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`POST ${base} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"job`);
        setTimeout(() => socket.destroy(), 50);
      });
      socket.on('close', () => resolve());
    });
    await token();
  });
});

describe('starting job runs over it', () => {
  it('a run is started; starting it again is no error', async () => {
    const jobs = openCodeEngineJobs(settings());
    await jobs.start('second-1', { EARSHOT_RUN: 'second', EARSHOT_ATTEMPT: '1' });
    await jobs.start('second-1', { EARSHOT_RUN: 'second', EARSHOT_ATTEMPT: '1' });
    await expect
      .poll(() => started.filter((line) => line.startsWith('second')), { timeout: 10_000 })
      .toEqual(['second-1 second 0']);
  });

  async function failure(changes: Partial<ReturnType<typeof settings>>) {
    try {
      await openCodeEngineJobs({ ...settings(), ...changes }).start('third-1', {});
      return 'none';
    } catch (error) {
      if (!(error instanceof EarshotError)) throw error;
      expect(error.code).toBe('JOB_START_FAILED');
      expect(error.message).not.toContain('the-key');
      return `expected ${error.details.expected}, received ${error.details.received}`;
    }
  }

  /** A server that answers everything so. */
  const answering = (status: number, body: string) =>
    listen(
      createServer((incoming, response) => {
        incoming.resume();
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      }),
    );

  it.each([
    ['the key is wrong', { apiKey: 'wrong' }, /an IAM token, received 400 .*BXNIM0415E/],
    ['the job is unknown', { job: 'tain' }, /202 from POST job_runs, received 404 .*There is no job tain/],
    ['the project is another', { projectId: 'other' }, /202 from POST job_runs, received 404/],
  ])('it fails when %s', async (_, changes, said) => {
    expect(await failure(changes)).toMatch(said);
  });

  it('it fails when nobody listens', async () => {
    const gone = createServer();
    const nowhere = `http://127.0.0.1:${await listenOnLoopback(gone, 0)}`;
    await new Promise((resolve) => gone.close(resolve));
    expect(await failure({ iamTokenEndpoint: `${nowhere}/identity/token` })).toMatch(
      /an answer.*ECONNREFUSED/,
    );
    expect(await failure({ apiBaseUrl: nowhere })).toMatch(/an answer.*ECONNREFUSED/);
  });

  it.each([
    ['what is no JSON', 200, '<html>'],
    ['no token', 200, '{}'],
    ['null', 200, 'null'],
    ['an error of its own', 503, '{"errorMessage": "busy"}'],
  ])('it fails when IAM answers with %s', async (_, status, body) => {
    const iam = await answering(status, body);
    expect(await failure({ iamTokenEndpoint: iam })).toContain(`an IAM token, received ${status}`);
  });

  it('it fails when the answer breaks off', async () => {
    const breaking = await listen(
      createServer((incoming, response) => {
        incoming.resume();
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"acc');
        setTimeout(() => response.destroy(), 20);
      }),
    );
    expect(await failure({ iamTokenEndpoint: breaking })).toContain('an answer');
  });

  it('it fails when the platform is closing', async () => {
    await runner.close();
    expect(await failure({})).toContain('received 503');
  });
});

it('listens on the loopback interface alone', async () => {
  const { port } = new URL(url);
  const reached = await new Promise<string>((resolve) => {
    const outgoing = request({ host: '127.0.0.2', port, path: '/' }, () => resolve('reached'));
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    outgoing.end();
  });
  expect(reached).toBe('ECONNREFUSED');
});
