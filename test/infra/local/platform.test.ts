import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, type PlatformOptions, startPlatform } from '../../../infra/local/platform.ts';
import { type Service, serviceOf } from '../../../infra/service/service.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { allGone } from '../../fixtures/local/processes.ts';

/** Small functions and a job beside the real ones' surroundings. */
const sources = {
  'web.ts': `
    export async function main({ __ce_path, __ce_query }) {
      const body = __ce_path === '/environment' ? process.env : { pid: process.pid, __ce_path, __ce_query };
      return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
    }`,
  'note.ts': `
    export async function main({ __ce_body, __ce_headers }) {
      const { key } = JSON.parse(Buffer.from(__ce_body, 'base64').toString());
      console.log('noted', key, __ce_headers['Ce-Type']);
      return { statusCode: key.endsWith('bad') ? 400 : 200, headers: {}, body: { detail: 'bad name' } };
    }`,
  'tick.ts': `
    import { jobStarterFromSettings } from '${projectRoot}shared/runs/job-starter-from-settings.ts';
    export async function main() {
      await jobStarterFromSettings(process.env).start('run-1-1', { EARSHOT_RUN: 'run-1' });
      return { statusCode: 200, headers: {}, body: {} };
    }`,
  'job.ts': `
    export async function main() {
      console.log('job', JSON.stringify(process.env));
      process.exitCode = 5;
    }`,
};

const environment = { EARSHOT_MODEL: 'm' };
let root: string;
let service: Service;
const platforms: Platform[] = [];
const ends: [string, string | null][] = [];
const letters: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'earshot-platform-'));
  await mkdir(path.join(root, 'functions'));
  for (const [name, source] of Object.entries(sources)) {
    await writeFile(path.join(root, 'functions', name), source);
  }
  for (const shared of ['node_modules', 'infra']) {
    await symlink(path.join(projectRoot, shared), path.join(root, shared));
  }
  service = serviceOf({
    service: 'small',
    provider: {
      name: 'code-engine',
      runtime: 'nodejs-22',
      bucket: 'small',
      environment: { EARSHOT_JOB: 'train' },
    },
    functions: {
      web: { handler: 'functions/web.main', events: [{ http: { path: '/', method: '*' } }] },
      note: {
        handler: 'functions/note.main',
        concurrency: 4,
        events: [{ cos: { prefix: 'in/', operation: 'all' } }],
      },
      tick: { handler: 'functions/tick.main', events: [{ cron: '0 0 1 1 *' }] },
    },
    jobs: { train: { handler: 'functions/job.main', environment: { OWN: 'x' } } },
  });
});
afterEach(async () => {
  for (const platform of platforms.splice(0)) await platform.close();
});
afterAll(() => rm(root, { recursive: true }));

async function start(name: string, changes: Partial<PlatformOptions> = {}): Promise<Platform> {
  const platform = await startPlatform({
    service,
    root,
    stateFolder: path.join(root, name),
    port: 0,
    environment,
    onDeadLetter: ({ key }) => letters.push(key),
    onJobExit: (jobRun, failure) => ends.push([jobRun, failure]),
    ...changes,
  });
  platforms.push(platform);
  return platform;
}

const logOf = ({ logFile }: Platform) => readFile(logFile, 'utf8');

async function failureOf(work: Promise<unknown>) {
  return work.then(
    () => ({ code: 'none' }),
    ({ code, details }: { code?: string; details?: object }) => ({ code, ...details }),
  );
}

/** Two free ports in a row, as far as one can know. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const next = await occupy(port + 1).catch(() => null);
    await new Promise((resolve) => server.close(resolve));
    await next?.();
    if (next !== null) return port;
  }
}

async function occupy(port: number): Promise<() => Promise<void>> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return () => new Promise((resolve) => server.close(() => resolve()));
}

const ownBundleFolders = async () =>
  (await readdir(path.join(projectRoot, 'node_modules/.cache/earshot/bundles'))).filter((name) =>
    name.startsWith(`${process.pid}-`),
  );

describe('a platform', () => {
  it('answers over HTTP, delivers events, wakes by the clock and runs jobs, each with its environment', async () => {
    process.env['PLANTED_SECRET'] = 'leaked';
    const platform = await start('whole');
    try {
      const response = await fetch(`${platform.url}/environment`);
      const functionEnv = (await response.json()) as Record<string, string>;
      expect(functionEnv).toMatchObject({
        EARSHOT_MODEL: 'm',
        EARSHOT_JOB: 'train',
        COS_ENDPOINT: platform.bucketUrl,
        COS_BUCKET: 'small',
        COS_ACCESS_KEY_ID: platform.credentials.accessKeyId,
        IBMCLOUD_API_KEY: platform.credentials.apiKey,
        CE_PROJECT_ID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      await platform.store.put('in/a', Buffer.from('1'));
      await platform.store.put('in/bad', Buffer.from('1'));
      await platform.store.put('elsewhere', Buffer.from('1'));
      await platform.store.delete('in/a');
      await platform.idle();
      expect(platform.underway()).toBe(0);
      expect(letters.splice(0)).toEqual(['in/bad']);
      expect((await platform.wake('tick')).statusCode).toBe(200);
      await expect.poll(() => ends.splice(0), { timeout: 10_000 }).toEqual([['run-1-1', 'code 5']]);
    } finally {
      delete process.env['PLANTED_SECRET'];
    }
    await platform.close();
    const log = await logOf(platform);
    expect(log.match(/^note noted .*$/gm)?.sort()).toEqual([
      'note noted in/a com.ibm.cloud.cos.document.delete',
      'note noted in/a com.ibm.cloud.cos.document.write',
      'note noted in/bad com.ibm.cloud.cos.document.write',
    ]);
    const job = JSON.parse(/^run-1-1 job (.*)$/m.exec(log)?.[1] ?? '') as Record<string, string>;
    expect(job).toMatchObject({ OWN: 'x', EARSHOT_RUN: 'run-1', EARSHOT_MODEL: 'm', COS_BUCKET: 'small' });
    // The trainer starts no job runs.
    expect(job).not.toHaveProperty('IBMCLOUD_API_KEY');
    expect(log).not.toContain('leaked');
  });

  it('works on objects that come before its functions are there', async () => {
    const port = await freePort();
    const first = await start('early', { port });
    const { credentials } = first;
    await first.close();
    const starting = start('early', { port });
    const early = openCosObjectStore({
      endpoint: `http://127.0.0.1:${port + 1}`,
      bucket: 'small',
      region: 'local',
      credentials: { kind: 'hmac', ...credentials },
    });
    await early.put('in/early', Buffer.from('1'));
    const platform = await starting;
    expect(platform.url).toBe(`http://127.0.0.1:${port}`);
    await platform.idle();
    await expect.poll(() => logOf(platform)).toContain('noted in/early');
    expect((await logOf(platform)).match(/in\/early/g)).toHaveLength(1);
    expect(letters).toEqual([]);
  });

  it('leaves nothing behind when it closes: no process, no port, no bundle', async () => {
    const port = await freePort();
    const platform = await start('closed', { port });
    const { pid } = (await (await fetch(platform.url)).json()) as { pid: number };
    expect(await ownBundleFolders()).toHaveLength(1);
    await platform.close();
    await platform.close();
    expect(await allGone([pid])).toBe(true);
    expect(await ownBundleFolders()).toEqual([]);
    for (const freed of [port, port + 1]) await (await occupy(freed))();
  });

  it('moves a large log aside', async () => {
    const first = await start('logged');
    await first.close();
    await truncate(first.logFile, 17 * 1024 * 1024);
    const second = await start('logged');
    await second.close();
    expect((await stat(`${first.logFile}.old`)).size).toBe(17 * 1024 * 1024);
    expect((await stat(first.logFile)).size).toBeLessThan(100_000);
  });
});

describe('a platform that cannot start says why and leaves nothing behind', () => {
  it('its port is taken', async () => {
    const port = await freePort();
    const free = await occupy(port);
    expect(await failureOf(start('taken', { port }))).toEqual({
      code: 'PORT_IN_USE',
      field: 'port',
      received: `${port}`,
    });
    await free();
    expect(await ownBundleFolders()).toEqual([]);
    await start('taken', { port });
  });

  it("its bucket's port is taken", async () => {
    const port = await freePort();
    const free = await occupy(port + 1);
    expect(await failureOf(start('bucket-taken', { port }))).toEqual({
      code: 'PORT_IN_USE',
      field: 'port of the bucket, the one after --port',
      received: `${port + 1}`,
    });
    await free();
  });

  it('another one has the state folder', async () => {
    await start('shared');
    expect(await failureOf(start('shared'))).toMatchObject({ code: 'STATE_IN_USE' });
  });

  it('the state folder is a file', async () => {
    const stateFolder = path.join(root, 'file');
    await writeFile(stateFolder, 'x');
    expect(await failureOf(start('', { stateFolder }))).toMatchObject({
      code: 'USAGE',
      field: '--persist-to',
      received: expect.stringContaining(stateFolder),
    });
  });

  it('a bundle cannot be built', async () => {
    const broken = { ...service, jobs: { train: { handler: 'functions/nowhere.main' } } };
    expect((await failureOf(start('broken', { service: broken }))).code).not.toBe('none');
    expect(await ownBundleFolders()).toEqual([]);
    await start('broken');
  });

  it('no function answers over HTTP', async () => {
    const { web: _, ...functions } = service.functions;
    expect(await failureOf(start('silent', { service: { ...service, functions } }))).toMatchObject({
      code: 'SERVICE_INVALID',
      expected: 'one function with http events',
      received: 'none',
    });
  });
});

describe('the credentials of a state folder', () => {
  it('are made once, for the user alone', async () => {
    const first = await start('keys');
    await first.close();
    const file = path.join(root, 'keys/credentials.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(path.join(root, 'keys'))).sort()).toEqual([
      'buckets',
      'credentials.json',
      'events',
      'platform.log',
    ]);
    expect((await start('keys')).credentials).toEqual(first.credentials);
  });

  it.each(['', '{', '{"accessKeyId": "a"}', 'null'])('that are damaged are named: %j', async (content) => {
    const stateFolder = await mkdtemp(path.join(root, 'damaged-'));
    const file = path.join(stateFolder, 'credentials.json');
    await writeFile(file, content);
    expect(await failureOf(start('', { stateFolder }))).toMatchObject({ code: 'STATE_DAMAGED', file });
  });
});
