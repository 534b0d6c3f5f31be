import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { startObjectStore } from '../infra/local/object-store/start-object-store.ts';
import { openCosObjectStore } from '../shared/storage/cos-object-store.ts';
import type { BenchResult } from './bench.ts';
import { putAudioset, putSynthetic } from './memory-sets.ts';

/** What a container of the smallest size that trains has; the bench fails above it. */
const limitMegabytes = 4096;
/** As many as AudioSet's full training set. */
const allClips = Number(process.env['EARSHOT_BENCH_CLIPS'] ?? 2_060_000);
/** Of the large set, so that it must be streamed. */
const streamedMegabytes = 1024;
const steps = 300;

const bucket = 'bench';
const credentials = { kind: 'hmac', accessKeyId: 'bench', secretAccessKey: 'bench-secret' } as const;

/** What the process of a run says of itself at its end. */
interface RunMemory {
  readonly peakMegabytes: number;
  readonly seconds: number;
  readonly stepsPerSecond: number;
}

/**
 * Peak memory of the training job, in a process of its own against a local object store in this one: on AudioSet's
 * balanced training set, held in memory, and on a set of the size of the full one, streamed.
 */
export async function benchMemory(): Promise<BenchResult> {
  const root = await mkdtemp(path.join(tmpdir(), 'earshot-memory-'));
  const outlet = { announce: async () => ({ send() {}, withdraw() {} }) };
  const server = await startObjectStore({ root, port: 0, ...credentials, buckets: [bucket], outlet });
  try {
    const endpoint = server.url;
    const store = openCosObjectStore({ endpoint, bucket, region: 'us-south', credentials });
    const training = { steps, batchSize: 500, evaluateEverySteps: steps, checkpointEverySteps: steps };
    const held = await putAudioset(store, 'held', training);
    const inMemory = await run(endpoint, 'held');
    await putSynthetic(store, 'streamed', { ...training, clipMegabytes: streamedMegabytes }, allClips);
    const streamed = await run(endpoint, 'streamed');
    if (streamed.peakMegabytes > limitMegabytes) {
      throw new Error(`${streamed.peakMegabytes} MB at the peak, ${limitMegabytes} are allowed`);
    }
    return {
      bench: 'memory',
      ratio: { limit: limitMegabytes / streamed.peakMegabytes },
      load: loadavg()[0],
      steps,
      held: { ...held, ...inMemory },
      streamed: { clips: allClips, clipMegabytes: streamedMegabytes, limitMegabytes, ...streamed },
    };
  } finally {
    await server.close();
    await rm(root, { recursive: true });
  }
}

async function run(endpoint: string, name: string): Promise<RunMemory> {
  const args = ['infra/typescript/run.mjs', 'bench/memory-run.ts', endpoint, bucket, name];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`the run ${name} ended with ${code}`);
  return JSON.parse(output.trim().split('\n').at(-1)!);
}
