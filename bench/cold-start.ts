import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { buildBundles } from '../infra/local/build-bundles.ts';
import { makeBundleFolder } from '../infra/local/bundle-folder.ts';
import { FunctionPool } from '../infra/local/function-pool.ts';
import { createHttpGateway } from '../infra/local/http-gateway.ts';
import { cosEnvironment, cosSettingsOf, startBucket } from '../infra/local/local-bucket.ts';
import { listenOnLoopback } from '../infra/local/node-http.ts';
import { bytesOfMemory } from '../infra/service/service.ts';
import { openCosObjectStore } from '../shared/storage/cos-object-store.ts';
import type { BenchResult } from './bench.ts';
import { HttpCaller } from './http-caller.ts';
import { publishModel, requestBodies, savedBenchModel, writeModel } from './infer-models.ts';
import { ownService } from './infer-ours.ts';
import { rivals, servingPython, startRivalServer } from './infer-servers.ts';
import { median } from './median.ts';
import { numbersOf } from './options.ts';

/** Milliseconds from the start of a process to its first answer. */
interface Starter {
  start(): Promise<number>;
  close(): Promise<void>;
}

/**
 * From the start of the process to the first answer, the default model: an instance of infer that the first request
 * starts, with the model in the local bucket, against Keras and ONNX Runtime behind FastAPI, with the model in a file of
 * their own format. They take turns; of Keras' two ways the faster one counts.
 */
export async function benchColdStart(options: readonly string[]): Promise<BenchResult> {
  const { rounds } = numbersOf('cold-start', options, { rounds: 20 });
  const state = mkdtempSync(path.join(tmpdir(), 'earshot-bench-cold-'));
  const python = servingPython();
  const [body] = requestBodies(1);
  const folder = path.join(state, 'model');
  writeModel(folder, savedBenchModel('best'));
  const starters = new Map<string, Starter>([['ours', await ownStarter(state, body!)]]);
  for (const rival of python === undefined ? [] : rivals) {
    const start = async () => {
      const began = performance.now();
      const server = await startRivalServer(python!, rival, folder, body!);
      const taken = performance.now() - began;
      await server.stop();
      return taken;
    };
    starters.set(rival, { start, close: async () => {} });
  }
  try {
    const taken = new Map<string, number[]>([...starters.keys()].map((name) => [name, []]));
    // Files are read from memory from then on, and the rivals have written theirs.
    for (const { start } of starters.values()) await start();
    for (let round = 0; round < rounds; round++) {
      for (const [name, { start }] of starters) taken.get(name)!.push(await start());
    }
    const milliseconds = Object.fromEntries([...taken].map(([name, all]) => [name, median(all)]));
    return {
      bench: 'cold-start',
      ratio: ratios(milliseconds),
      ...{ rounds, load: loadavg()[0], milliseconds },
      slowest: Object.fromEntries([...taken].map(([name, all]) => [name, Math.max(...all)])),
    };
  } finally {
    for (const { close } of starters.values()) await close();
    rmSync(state, { recursive: true, force: true });
  }
}

/** The function's bundle in a process that the first request starts, as the platform has it, and its bucket. */
async function ownStarter(state: string, body: Buffer): Promise<Starter> {
  const service = ownService();
  const { infer } = service.functions;
  if (infer === undefined) throw new Error('serverless.yml has no function infer');
  const { bucket } = service.provider;
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench-secret', apiKey: '' };
  const outlet = { announce: async () => ({ send: () => {}, withdraw: () => {} }) };
  const server = await startBucket({ bucket, stateFolder: state, port: 0, credentials, outlet } as never);
  const cos = cosSettingsOf(server.url, bucket, credentials as never);
  await publishModel(openCosObjectStore(cos), 'bench', savedBenchModel('best'));
  const root = process.cwd();
  const bundles = await makeBundleFolder(root);
  const { functions } = await buildBundles({ functions: { infer }, jobs: {} }, root, bundles);
  const log: string[] = [];
  const onLog = (line: string) => log.push(line);
  return {
    async start() {
      const pool = new FunctionPool({
        name: 'infer',
        bundle: functions.get('infer')!,
        hostFolder: path.join(root, 'infra/local'),
        env: { ...infer.environment, ...cosEnvironment(cos, credentials), EARSHOT_MODEL: 'bench' },
        timeoutMs: 60_000,
        memoryBytes: bytesOfMemory(infer.memory ?? '4G'),
        concurrency: infer.concurrency ?? 1,
        instances: 1,
        onLog,
      });
      const gateway = createHttpGateway((params) => pool.invoke(params), onLog);
      const caller = new HttpCaller(`http://127.0.0.1:${await listenOnLoopback(gateway, 0)}`, 1);
      const began = performance.now();
      const { status } = await caller.post(body);
      const taken = performance.now() - began;
      caller.close();
      gateway.close();
      pool.close();
      if (status !== 200) throw new Error(`infer answered with ${status}: ${log.join('\n')}`);
      return taken;
    },
    async close() {
      await server.close();
      rmSync(bundles, { recursive: true, force: true });
    },
  };
}

/** How many times as long the others take. */
function ratios(milliseconds: Readonly<Record<string, number>>): Record<string, number> {
  const own = milliseconds['ours']!;
  const keras = rivals.flatMap((name) =>
    name.startsWith('keras') && milliseconds[name] !== undefined ? [milliseconds[name]] : [],
  );
  return {
    ...(keras.length > 0 ? { 'keras-fastapi': Math.min(...keras) / own } : {}),
    ...(milliseconds['onnxruntime'] ? { 'onnxruntime-fastapi': milliseconds['onnxruntime'] / own } : {}),
  };
}
