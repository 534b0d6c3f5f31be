import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findPlatform, openBucket } from '../../../infra/local/running-platform.ts';
import {
  generateSyntheticSet,
  type SyntheticSet,
} from '../../../infra/local/synthetic/generate-synthetic-set.ts';
import { writeSyntheticSet } from '../../../infra/local/synthetic/write-synthetic-set.ts';
import { incomingKey, labelListKey, runKeys } from '../../../shared/dataset/keys.ts';
import { formatLabelList } from '../../../shared/dataset/label-list.ts';
import { type RunReport, runReportSchema, runStatusSchema } from '../../../shared/runs/documents.ts';
import { readJson, writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { startServerless } from '../../fixtures/local/running-command.ts';

const dataset = 'demo';
const patienceMs = 300_000;

export interface DemoPlatform {
  readonly url: string;
  readonly store: ObjectStore;
  readonly set: SyntheticSet;
  /** Names of the eval files, and where they lie. */
  readonly files: readonly string[];
  readonly folder: string;
  /** Asks for a short training. */
  ask(run: string, model: object, steps?: number): Promise<void>;
  /** Waits until it has ended well. */
  ended(run: string): Promise<RunReport>;
  stop(): Promise<void>;
}

/** `serverless local`, as a user keeps it running, with a small synthetic set dropped into its bucket. */
export async function startDemoPlatform(): Promise<DemoPlatform> {
  const folder = await mkdtemp(path.join(tmpdir(), 'earshot-page-'));
  const command = startServerless(['local', '--port', '0', '--persist-to', path.join(folder, 'state')]);
  await command.seen(/Ctrl-C ends/);
  const { predictUrl } = await findPlatform(path.join(folder, 'state'));
  const store = await openBucket(path.join(folder, 'state'));
  const set = generateSyntheticSet({ seed: 3, trainClips: 400, evalClips: 160 });
  await writeSyntheticSet(folder, set);
  await store.put(labelListKey(dataset), Buffer.from(formatLabelList(set.labels)));
  for (const [name, split] of [
    ['bal_train', 'train'],
    ['eval', 'eval'],
  ] as const) {
    for (const file of await readdir(path.join(folder, name))) {
      await store.put(incomingKey(dataset, split, file), await readFile(path.join(folder, name, file)));
    }
  }
  return {
    url: new URL('/', predictUrl).href,
    store,
    set,
    folder: path.join(folder, 'eval'),
    files: await readdir(path.join(folder, 'eval')),
    async ask(run, model, steps = 40) {
      const training = { model, steps, batchSize: 64, checkpointEverySteps: 10 };
      await writeJson(store, runKeys(run).request, { dataset, training });
    },
    async ended(run) {
      for (const deadline = Date.now() + patienceMs; ; await pause(200)) {
        const keys = runKeys(run);
        const status = (await readJson(store, keys.status, runStatusSchema, 'STORE_FAILED'))?.value;
        const report = await readJson(store, keys.report, runReportSchema, 'STORE_FAILED');
        if (status?.phase === 'completed' && report !== null) return report.value;
        if (status?.phase === 'failed' || Date.now() > deadline) throw new Error(JSON.stringify(status));
      }
    },
    async stop() {
      command.kill('SIGTERM');
      await command.ended;
      await rm(folder, { recursive: true });
    },
  };
}
