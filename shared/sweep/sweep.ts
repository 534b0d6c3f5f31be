import pMap from 'p-map';
import { isDatasetName, prefixes, receiptKey } from '../dataset/keys.ts';
import { readSourceState } from '../dataset/settled-sources.ts';
import { shardUpload } from '../dataset/shard-upload.ts';
import type { JobStarter } from '../runs/job-starter.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { validateUpload } from '../validation/validate-upload.ts';
import { requestAutoTraining } from './auto-train.ts';
import { reclaimShards } from './reclaim-shards.ts';
import { reviveRuns } from './revive-runs.ts';
import { vanishedSources } from './vanished-sources.ts';

export interface SweepReport {
  /** Uploads whose event was lost: validated and sharded now. */
  readonly recovered: readonly string[];
  /** Uploads that still fail, with the reason. */
  readonly failed: readonly { readonly key: string; readonly reason: string }[];
  /** Deleted uploads whose receipts were still there. */
  readonly removed: readonly string[];
  readonly started: readonly string[];
  readonly restarted: readonly string[];
  readonly autoTrained: readonly string[];
  readonly reclaimed: readonly string[];
}

const concurrency = 8;

/** Finds what events lost, and does it. Every part is safe to repeat and to run beside the handlers. */
export async function sweep(store: ObjectStore, jobs: JobStarter, now: Date): Promise<SweepReport> {
  const removed = await vanishedSources(store);
  await pMap(removed, (key) => validateUpload(store, key), { concurrency });

  const recovered: string[] = [];
  const failed: { key: string; reason: string }[] = [];
  const datasets = await uploadedDatasets(store);
  for (const dataset of datasets) {
    const { pending } = await readSourceState(store, dataset);
    await pMap(
      pending,
      async ({ key }) => {
        try {
          await validateUpload(store, key);
          await shardUpload(store, receiptKey(key));
          recovered.push(key);
        } catch (error) {
          failed.push({ key, reason: error instanceof Error ? error.message : String(error) });
        }
      },
      { concurrency },
    );
  }
  const autoTrained = [];
  for (const dataset of datasets) {
    const run = await requestAutoTraining(store, dataset, now);
    if (run !== null) autoTrained.push(run);
  }
  const { started, restarted } = await reviveRuns(store, jobs, now);
  const reclaimed = await reclaimShards(store, now);
  return { recovered: recovered.sort(), failed, removed, started, restarted, autoTrained, reclaimed };
}

async function uploadedDatasets(store: ObjectStore): Promise<string[]> {
  const names = new Set<string>();
  for await (const { key } of store.list(prefixes.incoming)) {
    const name = key.slice(prefixes.incoming.length).split('/')[0] ?? '';
    if (isDatasetName(name)) names.add(name);
  }
  return [...names];
}
