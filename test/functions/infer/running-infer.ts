import { rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Bundles, buildBundles } from '../../../infra/local/build-bundles.ts';
import { makeBundleFolder } from '../../../infra/local/bundle-folder.ts';
import { FunctionPool } from '../../../infra/local/function-pool.ts';
import { createHttpGateway } from '../../../infra/local/http-gateway.ts';
import { listenOnLoopback } from '../../../infra/local/node-http.ts';
import type { CodeEngineMain } from '../../../shared/http/code-engine-function.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import type { TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';

export interface RunningInfer {
  readonly url: string;
  readonly bundles: Bundles;
  readonly bundle: string;
  /** Its settings. */
  readonly env: Readonly<Record<string, string>>;
  /** What the function printed. */
  readonly log: readonly string[];
  /** The bundle's `main` in this process, with the same settings. */
  loadMain(): CodeEngineMain;
  stop(): Promise<void>;
}

/** The function infer as it is deployed: bundled by esbuild, in a process of its own, behind the gateway. */
export async function startInfer(
  { settings }: TemporaryStore,
  changes: Readonly<Record<string, string>> = {},
): Promise<RunningInfer> {
  const { credentials } = settings;
  if (credentials.kind !== 'hmac') throw new Error('the local store takes HMAC keys');
  const env = {
    COS_ENDPOINT: settings.endpoint,
    COS_BUCKET: settings.bucket,
    COS_ACCESS_KEY_ID: credentials.accessKeyId,
    COS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    EARSHOT_MODEL: 'small',
    EARSHOT_REFRESH_SECONDS: '0.05',
    EARSHOT_REQUEST_LOG: 'none',
    ...changes,
  };
  const folder = await makeBundleFolder(projectRoot);
  const handler = 'functions/infer/handler.main';
  const provider = { name: 'code-engine', runtime: 'nodejs-22', bucket: settings.bucket } as const;
  const service = { service: 'test', provider, functions: { infer: { handler, events: [] } }, jobs: {} };
  const bundles = await buildBundles(service, projectRoot, folder);
  const bundle = bundles.functions.get('infer')!;
  const log: string[] = [];
  const pool = new FunctionPool({
    name: 'infer',
    bundle,
    hostFolder: path.join(projectRoot, 'infra/local'),
    env,
    timeoutMs: 60_000,
    memoryBytes: 4 * 1024 ** 3,
    concurrency: 8,
    instances: 1,
    onLog: (line) => log.push(line),
  });
  const server: Server = createHttpGateway(
    (params) => pool.invoke(params),
    (line) => log.push(line),
  );
  return {
    url: `http://127.0.0.1:${await listenOnLoopback(server, 0)}`,
    bundles,
    bundle,
    env,
    log,
    loadMain() {
      Object.assign(process.env, env);
      return (createRequire(import.meta.url)(bundle) as { main: CodeEngineMain }).main;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      pool.close();
      await rm(folder, { recursive: true });
    },
  };
}
