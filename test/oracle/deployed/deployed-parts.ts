import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { createCodeEngineApi } from '../../../infra/local/code-engine-api.ts';
import { EventDispatcher } from '../../../infra/local/events/event-dispatcher.ts';
import { type DeadLetter, Outbox } from '../../../infra/local/events/outbox.ts';
import { listenOnLoopback } from '../../../infra/local/node-http.ts';
import { startObjectStore } from '../../../infra/local/object-store/start-object-store.ts';
import { subscriptionsOf } from '../../../infra/service/service-events.ts';
import { secretHeader } from '../../../shared/events/subscription-secret.ts';
import type { CodeEngineParams, CodeEngineResult } from '../../../shared/http/code-engine-function.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { accessKeyId, secretAccessKey } from '../../fixtures/object-store/temporary-store.ts';
import type { TrainingImage } from '../container/training-image.ts';
import { node22 } from '../registry/node-22.ts';
import { ContainerJobs } from './container-jobs.ts';
import { type Deployment, environmentFor } from './deployment.ts';
import { type ImageProcess, startImage } from './pulled-image.ts';

/** What the deployment would hold in secrets; none of it may be seen anywhere. */
export const planted = {
  events: 'planted-secret-of-the-subscriptions',
  jobs: 'planted-key-that-starts-jobs',
  callers: 'planted-key-of-the-callers',
};
const key = { access_key_id: accessKeyId, secret_access_key: secretAccessKey };
const secrets = {
  'earshot-test-cos-read': key,
  'earshot-test-cos-write': key,
  'earshot-test-events-key': { secret: planted.events },
  'earshot-test-jobs-key': { api_key: planted.jobs },
  'earshot-test-api-key': { keys: planted.callers },
};
const projectId = '00000000-0000-4000-8000-00000000ea26';
const harness = join(projectRoot, 'test/fixtures/code-engine/function-harness.mjs');

/** Where the parts of the cloud stand on this machine. */
export interface Surroundings {
  readonly COS_ENDPOINT: string;
  readonly [name: string]: string;
}

/** The process of the events app, from its image, with what Code Engine would give it. */
export async function startEventsApp({ state, eventsApp }: Deployment, around: Surroundings) {
  const process = startImage(await node22(), eventsApp, {
    ...environmentFor(state.apps[0]!.run_env_variables ?? [], secrets),
    ...around,
    PORT: '0',
  });
  const line = await untilLine(process, '"event":"listening"');
  return { ...process, url: `http://127.0.0.1:${JSON.parse(line).port}` };
}

/** The function behind the documented contract of Code Engine. */
async function startFunction({ state, infer }: Deployment, around: Surroundings) {
  const env = { ...environmentFor(state.functions[0]!.run_env_variables ?? [], secrets), ...around };
  const child = spawn(await node22(), [harness, infer.rootfs], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(createInterface({ input: child.stdout }), 'line');
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill('SIGKILL') };
}

async function untilLine({ lines, child }: ImageProcess, text: string): Promise<string> {
  for (;;) {
    const line = lines.find((one) => one.includes(text));
    if (line !== undefined) return line;
    if (child.exitCode !== null) throw new Error(`the app ended with ${child.exitCode}: ${lines.join('\n')}`);
    await pause(50);
  }
}

/** Posts an event as Code Engine does; `secret` is what its subscription carries. */
export async function post(
  url: string,
  { __ce_headers: headers = {}, __ce_body: body = '' }: CodeEngineParams,
  secret: string | null = planted.events,
): Promise<CodeEngineResult> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, ...(secret === null ? {} : { [secretHeader]: secret }) },
    body: Buffer.from(body, 'base64'),
  });
  return { statusCode: response.status, headers: {}, body: await response.json() };
}

/**
 * The images as a whole, on the embedded store: its notifications, the app, the function, and the training container as
 * the job that start-training starts through the API.
 */
export async function wireTogether(deployment: Deployment, trainer: TrainingImage) {
  const { service, state } = deployment;
  const folder = await mkdtemp(join(tmpdir(), 'earshot-pipeline-'));
  const opened: (() => unknown)[] = [() => rm(folder, { recursive: true })];
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one();
  };
  try {
    const letters: DeadLetter[] = [];
    const outbox = await Outbox.open(join(folder, 'events'));
    opened.push(() => outbox.close());
    let appUrl = '';
    const dispatcher = new EventDispatcher({
      subscriptions: subscriptionsOf(service),
      outbox,
      invoke: (name, params) => post(`${appUrl}/events/${name}`, params),
      onDeadLetter: (letter) => letters.push(letter),
    });
    const store = await startObjectStore({
      root: join(folder, 'buckets'),
      port: 0,
      accessKeyId,
      secretAccessKey,
      buckets: [service.provider.bucket],
      outlet: dispatcher,
    });
    opened.push(() => store.close());
    const around = { COS_ENDPOINT: store.url };
    const jobs = new ContainerJobs(trainer, state.jobs[0]!.name, {
      ...environmentFor(state.jobs[0]!.run_env_variables ?? [], secrets),
      ...around,
    });
    const api = createCodeEngineApi({ apiKey: planted.jobs, projectId, runner: jobs });
    opened.push(() => closed(api));
    opened.push(() => jobs.idle());
    const apiUrl = `http://127.0.0.1:${await listenOnLoopback(api, 0)}`;
    const app = await startEventsApp(deployment, {
      ...around,
      CE_API_BASE_URL: apiUrl,
      CE_PROJECT_ID: projectId,
      IAM_ENDPOINT: apiUrl,
    });
    appUrl = app.url;
    opened.push(() => app.child.kill('SIGKILL'));
    opened.push(() => dispatcher.stop());
    const answering = await startFunction(deployment, around);
    opened.push(() => answering.stop());
    const predictUrl = `${answering.url}/predict`;
    return { app, dispatcher, letters, jobs, bucketUrl: store.url, predictUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function closed(server: Server): void {
  server.close();
  server.closeAllConnections();
}
