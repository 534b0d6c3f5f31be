import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import path from 'node:path';
import { Cron } from 'croner';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { type CosSettings, openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { bytesOfMemory, type Service, type ServiceFunction } from '../service/service.ts';
import { buildBundles } from './build-bundles.ts';
import { createCodeEngineApi } from './code-engine-api.ts';
import { cronEventParams, type DeadLetter, EventDispatcher } from './event-dispatcher.ts';
import { FunctionPool } from './function-pool.ts';
import { createHttpGateway } from './http-gateway.ts';
import { JobRunner } from './job-runner.ts';
import { type LocalCredentials, localCredentials } from './local-credentials.ts';
import { listenOnLoopback } from './node-http.ts';
import { startObjectStore } from './object-store/start-object-store.ts';

export interface PlatformOptions {
  readonly service: Service;
  /** Folder of serverless.yml. */
  readonly root: string;
  /** Everything that stays: objects, credentials, log. */
  readonly stateFolder: string;
  /** Of the HTTP function; the bucket listens on the next one. 0 takes any. */
  readonly port: number;
  /** Over what serverless.yml sets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onDeadLetter: (letter: DeadLetter) => void;
  readonly onJobExit: (jobRun: string, code: number | null) => void;
}

export interface Platform {
  readonly url: string;
  readonly bucketUrl: string;
  readonly bucket: string;
  readonly credentials: LocalCredentials;
  readonly logFile: string;
  readonly store: ObjectStore;
  /** Event deliveries under way. */
  underway(): number;
  /** Resolves when no event delivery is under way. */
  idle(): Promise<void>;
  /** Wakes a cron function now. */
  wake(functionName: string): Promise<unknown>;
  close(): Promise<void>;
}

const defaults = { memory: '4G', timeout: 60, concurrency: 1, instances: 2 };
const projectId = '00000000-0000-4000-8000-00000000ea25';
const region = 'local';
/** What of the caller's environment reaches functions and jobs. */
const passedOn = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'EARSHOT_ENGINE', 'TF_NUM_INTRAOP_THREADS'];

/** Starts the whole of serverless.yml on this machine: bucket, events, functions, clock, jobs. Loopback only. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { service, root, stateFolder } = options;
  await mkdir(stateFolder, { recursive: true });
  const credentials = await localCredentials(stateFolder);
  const bucket = service.provider.bucket;
  const logFile = path.join(stateFolder, 'platform.log');
  const logStream = createWriteStream(logFile, { flags: 'a' });
  const writeLog = (source: string, line: string) => logStream.write(`${source} ${line}\n`);

  const pools = new Map<string, FunctionPool>();
  const dispatcher = new EventDispatcher({
    subscriptions: subscriptionsOf(service),
    invoke: (name, params) => pools.get(name)!.invoke(params),
    onDeadLetter: options.onDeadLetter,
  });
  const store = await startObjectStore({
    root: path.join(stateFolder, 'buckets'),
    port: options.port === 0 ? 0 : options.port + 1,
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    buckets: [bucket],
    onNotice: (notice) => dispatcher.notify(notice),
  });
  const opened: Server[] = [];
  try {
    const folder = path.join(root, 'node_modules/.cache/earshot/bundles', `${process.pid}`);
    const bundles = await buildBundles(service, root, folder);
    const cos = {
      COS_ENDPOINT: store.url,
      COS_BUCKET: bucket,
      COS_REGION: region,
      COS_ACCESS_KEY_ID: credentials.accessKeyId,
      COS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const base = { ...callersEnvironment(), ...service.provider.environment, ...cos };
    const jobs = new Map(
      Object.entries(service.jobs).map(([name, job]) => [
        name,
        {
          bundle: bundles.jobs.get(name)!,
          env: { ...base, ...job.environment, ...options.environment },
          timeoutMs: (job.timeout ?? 86_400) * 1000,
        },
      ]),
    );
    const runner = new JobRunner(jobs, (jobRun, line) => writeLog(jobRun, line), options.onJobExit);
    const api = createCodeEngineApi({ apiKey: credentials.apiKey, projectId, runner });
    opened.push(api);
    const apiUrl = `http://127.0.0.1:${await listenOnLoopback(api, 0)}`;
    const cloud = {
      CE_API_BASE_URL: apiUrl,
      CE_PROJECT_ID: projectId,
      IAM_ENDPOINT: apiUrl,
      IBMCLOUD_API_KEY: credentials.apiKey,
    };
    for (const [name, fn] of Object.entries(service.functions)) {
      const env = { ...base, ...cloud, ...fn.environment, ...options.environment };
      const bundle = bundles.functions.get(name)!;
      pools.set(
        name,
        new FunctionPool({
          name,
          bundle,
          hostFolder: path.join(root, 'infra/local'),
          env,
          timeoutMs: (fn.timeout ?? defaults.timeout) * 1000,
          memoryBytes: bytesOfMemory(fn.memory ?? defaults.memory),
          concurrency: fn.concurrency ?? defaults.concurrency,
          instances: fn.instances ?? defaults.instances,
          onLog: (line) => writeLog(name, line),
        }),
      );
    }
    const served = httpFunction(service);
    const gateway = createHttpGateway(
      (params) => pools.get(served)!.invoke(params),
      (line) => writeLog('gateway', line),
    );
    opened.push(gateway);
    const port = await listenOnLoopback(gateway, options.port);
    const wake = (name: string) => pools.get(name)!.invoke(cronEventParams(name, new Date()));
    const clocks = cronsOf(service).map(
      ({ name, cron }) =>
        new Cron(cron, { protect: true }, async () => {
          await wake(name).catch((error) => writeLog(name, String(error)));
        }),
    );
    return {
      url: `http://127.0.0.1:${port}`,
      bucketUrl: store.url,
      bucket,
      credentials,
      logFile,
      store: openCosObjectStore(cosSettingsOf(store.url, bucket, credentials)),
      underway: () => dispatcher.underway,
      idle: () => dispatcher.idle(),
      wake,
      async close() {
        for (const clock of clocks) clock.stop();
        dispatcher.stop();
        await runner.close(10_000);
        for (const pool of pools.values()) pool.close();
        for (const server of opened) closeServer(server);
        await store.close();
        logStream.end();
      },
    };
  } catch (error) {
    for (const pool of pools.values()) pool.close();
    for (const server of opened) closeServer(server);
    await store.close();
    throw error;
  }
}

function closeServer(server: Server): void {
  server.close();
  server.closeAllConnections();
}

function callersEnvironment(): Record<string, string> {
  return Object.fromEntries(
    passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]!]])),
  );
}

function cosSettingsOf(endpoint: string, bucket: string, credentials: LocalCredentials): CosSettings {
  const { accessKeyId, secretAccessKey } = credentials;
  return { endpoint, bucket, region, credentials: { kind: 'hmac', accessKeyId, secretAccessKey } };
}

const eventsOf = (service: Service) =>
  Object.entries(service.functions).flatMap(([name, fn]: [string, ServiceFunction]) =>
    fn.events.map((event) => ({ name, event })),
  );

export function subscriptionsOf(service: Service) {
  return eventsOf(service).flatMap(({ name, event }) =>
    'cos' in event ? [{ functionName: name, event: event.cos }] : [],
  );
}

function cronsOf(service: Service) {
  return eventsOf(service).flatMap(({ name, event }) =>
    'cron' in event ? [{ name, cron: event.cron }] : [],
  );
}

/** The one function with http events. @throws SERVICE_INVALID */
function httpFunction(service: Service): string {
  const names = new Set(eventsOf(service).flatMap(({ name, event }) => ('http' in event ? [name] : [])));
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw new EarshotError('SERVICE_INVALID', {
    file: 'serverless.yml',
    field: 'functions',
    expected: 'one function with http events',
    received: [...names].join(', ') || 'none',
  });
}
