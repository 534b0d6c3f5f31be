import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatherFunctionApp } from '../../../infra/function-app/gather.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { publish, smallModel } from '../../fixtures/published-model.ts';

const key = 'key-of-those-who-ask-the-app';
let local: TemporaryStore;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  local = await startTemporaryStore();
  await publish(openCosObjectStore(local.settings), 'small', '1', smallModel(1));
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-app-'));
  await gatherFunctionApp(projectRoot, 'functions/infer/handler.main', folder);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await local.remove();
  await rm(folder, { recursive: true });
});

/** `node start.cjs` as Code Engine starts an app, in a folder that no package can be found from. */
async function startApp(changes: Readonly<Record<string, string>> = {}) {
  const { endpoint, bucket, credentials } = local.settings;
  if (credentials.kind !== 'hmac') throw new Error('the local store takes HMAC keys');
  const child = spawn(process.execPath, ['start.cjs'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      COS_ENDPOINT: endpoint,
      COS_BUCKET: bucket,
      COS_ACCESS_KEY_ID: credentials.accessKeyId,
      COS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      EARSHOT_MODEL: 'small',
      EARSHOT_API_KEY_APP: key,
      CE_APP: 'earshot-infer',
      PORT: '0',
      ...changes,
    },
  });
  children.push(child);
  const lines: Record<string, unknown>[] = [];
  const reader = createInterface({ input: child.stderr! });
  reader.on('line', (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  const lineOf = (event: string) => lines.find((line) => line['event'] === event);
  await expect.poll(() => lineOf('listening') ?? lineOf('start-failed')).toBeDefined();
  return { child, lines, lineOf, url: `http://127.0.0.1:${lineOf('listening')?.['port']}` };
}

const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
const predict = (url: string) =>
  fetch(`${url}/predict`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ clips: [{ frames: [[0, 1, 2, 3, 4, 5]] }] }),
  });

describe('infer as an app', () => {
  it('answers, tells what took the time, and has metrics for who shows a key', async () => {
    const { url, lines, child } = await startApp();
    const first = await predict(url);
    expect(first.status).toBe(200);
    expect(first.headers.get('x-cold-start')).toBe('1');
    expect(first.headers.get('server-timing')).toMatch(/load;dur=\d+\.\d.*total;dur=/);
    expect((await predict(url)).headers.get('x-cold-start')).toBeNull();
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const text = await (await fetch(`${url}/metrics`, { headers })).text();
    expect(text).toContain('earshot_requests_total{route="/predict",method="POST",status="200"} 2\n');
    expect(text).toContain('earshot_model_load_duration_seconds_count{stage="start"} 1\n');
    expect(text).toMatch(
      /^earshot_cold_start_duration_seconds 0\.\d+|^earshot_cold_start_duration_seconds \d/m,
    );
    expect(text).toContain('earshot_key_requests_total{key="app"} 2\n');
    expect(lines.filter(({ event }) => event === 'request')[0]).toMatchObject({
      route: '/predict',
      key: 'app',
      coldStart: true,
    });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('a function has no metrics to scrape, and says what it has instead', async () => {
    const { url } = await startApp({ CE_FUNCTION: 'earshot-infer', EARSHOT_PUBLIC: 'true' });
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: 'METRICS_NOT_HERE',
      remedy: expect.stringContaining('log lines'),
    });
  });

  it('a port that is none ends it with the code', async () => {
    const { lineOf, child } = await startApp({ PORT: 'http' });
    expect(lineOf('start-failed')).toMatchObject({ code: 'SETTING_INVALID' });
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(1);
  });
});
