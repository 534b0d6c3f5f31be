import { openEngine } from '../shared/engine/open-engine.ts';
import { trainRun } from '../shared/runs/train-run.ts';
import { openCosObjectStore } from '../shared/storage/cos-object-store.ts';

/** One training job for `bench/memory.ts`: prints its peak memory as JSON. */
export async function main([endpoint = '', bucket = '', run = '']: readonly string[]): Promise<number> {
  const credentials = { kind: 'hmac', accessKeyId: 'bench', secretAccessKey: 'bench-secret' } as const;
  const began = performance.now();
  const report = await trainRun({
    store: openCosObjectStore({ endpoint, bucket, region: 'us-south', credentials }),
    openEngine: () => openEngine('auto'),
    run,
    attempt: 1,
    signal: new AbortController().signal,
    heartbeatMs: 10_000,
  });
  if (report === null) return 1;
  console.log(
    JSON.stringify({
      engine: report.engine,
      // Kilobytes, by getrusage.
      peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
      seconds: (performance.now() - began) / 1000,
      stepsPerSecond: report.steps / report.seconds.training,
    }),
  );
  return 0;
}
