import { mkdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { Cron } from 'croner';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { CodeEngineResult } from '../../shared/http/code-engine-function.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { bytesOfMemory, type Service } from '../service/service.ts';
import { clocksOf, httpFunctionOf, subscriptionsOf } from '../service/service-events.ts';
import { type Bundles, buildBundles } from './build-bundles.ts';
import { makeBundleFolder } from './bundle-folder.ts';
import { createCodeEngineApi } from './code-engine-api.ts';
import { EventDispatcher, type FaultCounts } from './events/event-dispatcher.ts';
import type { EventFaults } from './events/event-faults.ts';
import { cronEventParams } from './events/event-params.ts';
import { createEventsApi } from './events/events-api.ts';
import { type DeadLetter, Outbox } from './events/outbox.ts';
import { FunctionPool } from './function-pool.ts';
import { createHttpGateway } from './http-gateway.ts';
import { JobRunner, type JobSettings } from './job-runner.ts';
import { cosEnvironment, cosSettingsOf, startBucket } from './local-bucket.ts';
import { type LocalCredentials, localCredentials } from './local-credentials.ts';
import { listenOnLoopback } from './node-http.ts';
import { pipelineRoutes } from './pipeline/pipeline-routes.ts';
import { PipelineWatch } from './pipeline/pipeline-watch.ts';
import { openPlatformLog } from './platform-log.ts';
import { announcePlatform, withdrawPlatform } from './running-platform.ts';

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
  /** Bad habits of the events, and how often the clock wakes then instead of what serverless.yml says. */
  readonly chaos?: { readonly faults: EventFaults; readonly cron: string } | undefined;
  /** `failure` is null when the job run ended well, else how it ended. */
  readonly onJobExit: (jobRun: string, failure: string | null) => void;
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
  /** What became of the events, where there is chaos. */
  faultCounts(): FaultCounts;
  /** Wakes a cron function now. */
  wake(functionName: string): Promise<CodeEngineResult>;
  close(): Promise<void>;
}

const defaults = { memory: '4G', timeout: 60, concurrency: 1, instances: 2 };
/** Of 5 MB each they stay within what a machine has. */
const mostRequestsWaiting = 100;
/** How long a job has to write its checkpoint when the platform stops. */
const graceMs = 10_000;
const projectId = '00000000-0000-4000-8000-00000000ea25';
/** What of the caller's environment reaches functions and jobs. */
const passedOn = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'EARSHOT_ENGINE', 'TF_NUM_INTRAOP_THREADS'];

/**
 * Starts the whole of serverless.yml on this machine: bucket, events, functions, clock, jobs. Loopback only.
 * @throws USAGE, STATE_IN_USE, STATE_DAMAGED, EVENTS_DAMAGED, EVENTS_NOT_WRITTEN, PORT_IN_USE, SERVICE_INVALID
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { service, root, stateFolder } = options;
  const served = httpFunctionOf(service);
  await makeStateFolder(stateFolder);
  // What has been opened, to be closed in the opposite order, also when a later part cannot start.
  const opened: (() => unknown)[] = [];
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one();
  };
  try {
    const credentials = await localCredentials(stateFolder);
    const logFile = path.join(stateFolder, 'platform.log');
    const pools = new Map<string, FunctionPool>();
    // Objects may come before the functions are there.
    let open = () => {};
    const ready = new Promise<void>((resolve) => (open = resolve));
    const outbox = await Outbox.open(path.join(stateFolder, 'events'));
    opened.push(() => outbox.close());
    const dispatcher = new EventDispatcher({
      subscriptions: subscriptionsOf(service),
      outbox,
      invoke: async (name, params) => {
        await ready;
        return pools.get(name)!.invoke(params);
      },
      onDeadLetter: options.onDeadLetter,
      faults: options.chaos?.faults,
    });
    // Before the first new one.
    dispatcher.recover();
    const { bucket } = service.provider;
    const store = await startBucket({
      bucket,
      stateFolder,
      port: options.port,
      credentials,
      outlet: dispatcher,
    });
    opened.push(() => store.close());
    const log = openPlatformLog(logFile);
    opened.push(() => log.close());

    const folder = await makeBundleFolder(root);
    opened.push(() => rm(folder, { recursive: true, force: true }));
    const bundles = await buildBundles(service, root, folder);
    const hostFolder = path.join(root, 'infra/local');
    const cos = cosSettingsOf(store.url, bucket, credentials);
    const base = {
      ...callersEnvironment(),
      ...service.provider.environment,
      ...cosEnvironment(cos, credentials),
    };
    const runner = new JobRunner({
      jobs: jobsOf(options, bundles, base),
      hostFolder,
      graceMs,
      onLog: log.write,
      onExit: options.onJobExit,
    });
    const api = createCodeEngineApi({ apiKey: credentials.apiKey, projectId, runner });
    opened.push(() => closeServer(api));
    const apiUrl = `http://127.0.0.1:${await listenOnLoopback(api, 0)}`;
    opened.push(() => runner.close());

    const cloud = {
      CE_API_BASE_URL: apiUrl,
      CE_PROJECT_ID: projectId,
      IAM_ENDPOINT: apiUrl,
      IBMCLOUD_API_KEY: credentials.apiKey,
    };
    for (const [name, fn] of Object.entries(service.functions)) {
      const pool = new FunctionPool({
        name,
        bundle: bundles.functions.get(name)!,
        hostFolder,
        env: { ...base, ...cloud, ...fn.environment, ...options.environment },
        timeoutMs: (fn.timeout ?? defaults.timeout) * 1000,
        memoryBytes: bytesOfMemory(fn.memory ?? defaults.memory),
        concurrency: fn.concurrency ?? defaults.concurrency,
        // One process has all the figures of /metrics, and the engine takes what the machine has.
        instances: fn.instances ?? (name === served ? 1 : defaults.instances),
        ...(name === served ? { mostWaiting: mostRequestsWaiting } : {}),
        onLog: (line) => log.write(name, line),
      });
      pools.set(name, pool);
      opened.push(() => pool.close());
    }
    opened.push(() => dispatcher.stop());
    open();

    const bucketStore = openCosObjectStore(cos);
    const watch = new PipelineWatch({ store: bucketStore, dispatcher, outbox });
    const gateway = createHttpGateway(
      (params) => pools.get(served)!.invoke(params),
      (line) => log.write('gateway', line),
      pipelineRoutes(watch, bucketStore),
    );
    opened.push(() => closeServer(gateway));
    const port = await listenOnLoopback(gateway, options.port);
    const wake = (name: string) => pools.get(name)!.invoke(cronEventParams(name, new Date()));
    for (const { functionName, cron } of clocksOf(service)) {
      const clock = new Cron(options.chaos?.cron ?? cron, { protect: true }, async () => {
        await wake(functionName).catch((error) => log.write(functionName, String(error)));
      });
      opened.push(() => clock.stop());
    }
    const url = `http://127.0.0.1:${port}`;
    const eventsApi = createEventsApi({
      key: credentials.apiKey,
      bucket,
      store: bucketStore,
      outbox,
      dispatcher,
    });
    opened.push(() => closeServer(eventsApi));
    const eventsUrl = `http://127.0.0.1:${await listenOnLoopback(eventsApi, 0)}`;
    await announcePlatform(stateFolder, {
      pid: process.pid,
      predictUrl: `${url}/predict`,
      cos: cosEnvironment(cos, credentials),
      events: { url: eventsUrl, key: credentials.apiKey },
    });
    opened.push(() => withdrawPlatform(stateFolder));
    return {
      url,
      bucketUrl: store.url,
      bucket,
      credentials,
      logFile,
      store: bucketStore,
      underway: () => dispatcher.underway,
      idle: () => dispatcher.idle(),
      faultCounts: () => dispatcher.faultCounts,
      wake,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeStateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const received = `${folder}: ${error instanceof Error ? error.message : String(error)}`;
    throw new EarshotError('USAGE', { field: '--persist-to', expected: 'a folder', received });
  }
}

function jobsOf(
  { service, environment }: PlatformOptions,
  bundles: Bundles,
  base: Readonly<Record<string, string>>,
): Map<string, JobSettings> {
  return new Map(
    Object.entries(service.jobs).map(([name, job]) => [
      name,
      {
        bundle: bundles.jobs.get(name)!,
        env: { ...base, ...job.environment, ...environment },
        timeoutMs: (job.timeout ?? 86_400) * 1000,
        atOnce: processesThatFit(job),
      },
    ]),
  );
}

/** Of one job on this machine, by what serverless.yml gives each. */
function processesThatFit({ cpu = 1, memory = defaults.memory }: Service['jobs'][string]): number {
  const fit = Math.min(availableParallelism() / cpu, totalmem() / bytesOfMemory(memory));
  return Math.max(1, Math.floor(fit));
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
