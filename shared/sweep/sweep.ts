import pMap from 'p-map';
import { receiptSchema } from '../dataset/documents.ts';
import { incomingPrefix, prefixes, receiptKey } from '../dataset/keys.ts';
import { readSourceState } from '../dataset/settled-sources.ts';
import { shardUpload } from '../dataset/shard-upload.ts';
import type { JobStarter } from '../runs/job-starter.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { validateUpload } from '../validation/validate-upload.ts';
import { requestAutoTraining } from './auto-train.ts';
import { compareMirrors } from './compare-mirrors.ts';
import { reclaimShards } from './reclaim-shards.ts';
import { reviveRuns } from './revive-runs.ts';
import { type Setback, Setbacks } from './setbacks.ts';

export interface SweepReport {
  /** Uploads whose event was lost, or whose validation was killed half-way: validated and sharded now. */
  readonly recovered: readonly string[];
  /** What still fails, with the reason; the rest was done all the same. */
  readonly failed: readonly Setback[];
  /** Deleted uploads whose mirrors were still there. */
  readonly removed: readonly string[];
  /** Runs whose event was lost. */
  readonly started: readonly string[];
  /** Runs whose trainer fell silent. */
  readonly restarted: readonly string[];
  /** Runs that `autoTrain` asked for; their event starts them. */
  readonly autoTrained: readonly string[];
  /** Shards that nothing named any more. */
  readonly reclaimed: readonly string[];
}

const concurrency = 8;

/** Finds what events lost, and does it. Every part is safe to repeat and to run beside the handlers. */
export async function sweep(store: ObjectStore, jobs: JobStarter, now: Date): Promise<SweepReport> {
  const setbacks = new Setbacks();
  const { vanished, untold, quarantined, datasets } = await compareMirrors(store);
  const removed: string[] = [];
  const remove = async (key: string) => {
    if ((await validateUpload(store, key)).outcome === 'removed') removed.push(key);
  };
  await pMap(vanished, (key) => setbacks.past(key, () => remove(key)), { concurrency });

  const recovered: string[] = [];
  const recover = async (key: string) => {
    await validateUpload(store, key);
    await shardUpload(store, receiptKey(key));
    recovered.push(key);
  };
  await pMap(untold, (key) => setbacks.past(key, () => recover(key)), { concurrency });
  const unexplained = new Set(quarantined);
  for (const dataset of datasets) {
    await setbacks.past(incomingPrefix(dataset), async () => {
      const { pending, entries } = await readSourceState(store, dataset);
      const bad = entries.filter((entry) => entry.quarantined > 0).map(({ source }) => source.key);
      const lost = [...pending.map(({ key }) => key), ...bad.filter((key) => !quarantined.has(key))];
      for (const key of bad) unexplained.delete(key);
      await pMap(lost, (key) => setbacks.past(key, () => recover(key)), { concurrency });
    });
  }
  const tidy = async (key: string) => {
    const receipt = await readJson(store, receiptKey(key), receiptSchema, 'DOCUMENT_CORRUPT');
    if (receipt !== null && receipt.value.quarantined.key !== null) return;
    const { outcome } = await validateUpload(store, key, { mayHaveStray: true });
    if (outcome === 'validated') recovered.push(key);
  };
  await pMap(unexplained, (key) => setbacks.past(key, () => tidy(key)), { concurrency });

  const { started, restarted, failed } = await reviveRuns(store, jobs, now);
  const autoTrained: string[] = [];
  for (const dataset of datasets) {
    await setbacks.past(incomingPrefix(dataset), async () => {
      const run = await requestAutoTraining(store, dataset, now);
      if (run !== null) autoTrained.push(run);
    });
  }
  const reclaimed: string[] = [];
  await setbacks.past(prefixes.shards, async () => {
    reclaimed.push(...(await reclaimShards(store, now)));
  });
  return {
    recovered: recovered.sort(),
    failed: [...setbacks.all, ...failed],
    removed: removed.sort(),
    started,
    restarted,
    autoTrained,
    reclaimed,
  };
}
