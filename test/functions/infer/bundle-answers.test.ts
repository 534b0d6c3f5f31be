import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inferMain } from '../../../functions/infer/infer-main.ts';
import { createHttpGateway } from '../../../infra/local/http-gateway.ts';
import { listenOnLoopback } from '../../../infra/local/node-http.ts';
import { inferRoutes } from '../../../shared/protocols/routes.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { publish, smallModel } from '../../fixtures/published-model.ts';
import { type RequestOfCorpus, requestCorpus } from '../../fixtures/request-corpus.ts';
import { type RunningInfer, startInfer } from './running-infer.ts';

let local: TemporaryStore;
let infer: RunningInfer;
let folder: string;
/** The bundle behind the documented contract of Code Engine, in a process of its own. */
let bundleUrl: string;
/** The sources behind the gateway of the local platform, in this process. */
let sourcesUrl: string;
const opened: (() => void)[] = [];

beforeAll(async () => {
  local = await startTemporaryStore();
  const head = { head: 'single-attention', hidden: 9 };
  await publish(openCosObjectStore(local.settings), 'small', '1', smallModel(1, 'uint8', head));
  infer = await startInfer(local, { EARSHOT_REFRESH_SECONDS: '60' });
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-bundle-'));
  await writeFile(
    path.join(folder, 'package.json'),
    JSON.stringify({ main: path.relative(folder, infer.bundle) }),
  );
  const harness = path.join(projectRoot, 'test/fixtures/code-engine/function-harness.mjs');
  const child = spawn(process.execPath, [harness, folder], {
    env: { ...process.env, ...infer.env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  opened.push(() => child.kill('SIGKILL'));
  const [port] = await once(createInterface({ input: child.stdout }), 'line');
  bundleUrl = `http://127.0.0.1:${port}`;

  Object.assign(process.env, infer.env);
  // The page is made by the bundler.
  const server = createHttpGateway(inferMain([]), () => {});
  opened.push(() => server.close());
  sourcesUrl = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`;
});
afterAll(async () => {
  for (const close of opened) close();
  await infer.stop();
  await local.remove();
  await rm(folder, { recursive: true });
});

/** What differs from one moment to the next. */
const passing = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', 'server-timing'];

async function answerOf(url: string, { target, init }: RequestOfCorpus) {
  const response = await fetch(`${url}${target}`, {
    ...init,
    headers: { ...init.headers, 'x-request-id': 'same' },
  });
  const headers = Object.fromEntries(response.headers);
  for (const name of [...passing, 'x-cold-start']) delete headers[name];
  return { status: response.status, headers, body: await response.text() };
}

const corpus = requestCorpus();

describe('the bundle that deploys answers as the sources do', () => {
  it('on requests to every route that there is', () => {
    const asked = new Set(corpus.map(({ route }) => route));
    expect(
      inferRoutes.map(({ method, path: pattern }) => `${method} ${pattern}`).filter((r) => !asked.has(r)),
    ).toEqual([]);
  });

  it.each(corpus)('$name', async (request) => {
    const [bundle, sources] = [await answerOf(bundleUrl, request), await answerOf(sourcesUrl, request)];
    if (request.status !== null) expect(sources.status, sources.body).toBe(request.status);
    expect(bundle).toEqual(sources);
  });
});
