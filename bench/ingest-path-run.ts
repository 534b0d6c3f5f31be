import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { startPlatform } from '../infra/local/platform.ts';
import { createReporter } from '../infra/local/reporter.ts';
import { uploadFiles } from '../infra/local/upload-files.ts';
import { serviceOf } from '../infra/service/service.ts';
import { runKeys } from '../shared/dataset/keys.ts';
import { readSnapshot } from '../shared/dataset/read-shards.ts';
import { runJobSchema } from '../shared/runs/documents.ts';
import { readJson, writeJson } from '../shared/storage/json-objects.ts';
import { type ProcessFigures, processFigures } from './process-figures.ts';
import { StoreRequests } from './store-requests.ts';

/** One folder on its way to a snapshot. */
export interface PathRun {
  readonly files: number;
  readonly clips: number;
  readonly excluded: number;
  readonly snapshot: string;
  /** From the first file until its upload, until the last shard, and until the snapshot. */
  readonly seconds: { readonly upload: number; readonly ingest: number; readonly total: number };
  /** Requests to the store by kind. */
  readonly requests: Readonly<Record<string, number>>;
  /** CPU seconds are those after the start of the platform. */
  readonly processes: readonly ProcessFigures[];
}

const dataset = 'audioset';

/**
 * `ingest-path-run.ts FOLDER STATE`: the platform of `serverless local` in a process of its own takes the folder up to
 * its snapshot; prints a `PathRun`, last.
 */
export async function main([folder = '', stateFolder = '']: readonly string[]): Promise<number> {
  const printed = execFileSync('node_modules/.bin/serverless', ['print', '--format', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const platform = await startPlatform({
    service: serviceOf(JSON.parse(printed.toString())),
    root: process.cwd(),
    stateFolder,
    port: 0,
    environment: {},
    onDeadLetter: (letter) => {
      throw new Error(`given up: ${JSON.stringify(letter)}`);
    },
    onJobExit: () => {},
  });
  try {
    const { store } = platform;
    const requests = new StoreRequests(Number(new URL(platform.bucketUrl).port));
    const reporter = createReporter(process.stderr);
    const signal = new AbortController().signal;
    const started = processFigures();
    const began = performance.now();
    const passed = () => (performance.now() - began) / 1000;
    const source = { dataset: null, split: null, path: folder };
    const files = await uploadFiles({ store, dataset, source, reporter, dropped: new Map(), signal });
    const upload = passed();
    await platform.idle();
    const ingest = passed();
    const keys = runKeys('bench');
    await writeJson(store, keys.request, { dataset });
    await platform.idle();
    const total = passed();
    requests.stop();
    const processes = since(started, processFigures());
    const job = await readJson(store, keys.job, runJobSchema, 'DOCUMENT_CORRUPT');
    const key = job?.value.snapshot ?? '';
    const { splits, anomalyCounts } = await readSnapshot(store, key);
    const run: PathRun = {
      files,
      clips: splits.train.clips + splits.eval.clips,
      excluded: anomalyCounts['DUPLICATE_CLIP'] ?? 0,
      snapshot: key,
      seconds: { upload, ingest, total },
      requests: requests.counts,
      processes,
    };
    console.log(JSON.stringify(run));
  } finally {
    await platform.close();
    rmSync(stateFolder, { recursive: true, force: true });
  }
  return 0;
}

/** Without what was spent before, and without the trainer, which is behind the snapshot. */
function since(before: readonly ProcessFigures[], now: readonly ProcessFigures[]): ProcessFigures[] {
  const spent = new Map(before.map(({ pid, cpuSeconds }) => [pid, cpuSeconds]));
  return now
    .filter(({ name }) => name !== 'train' && name !== 'esbuild')
    .map((one) => ({ ...one, cpuSeconds: one.cpuSeconds - (spent.get(one.pid) ?? 0) }));
}
