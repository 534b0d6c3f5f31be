import pMap from 'p-map';
import { incomingPrefix, prefixes, receiptKey } from '../dataset/keys.ts';
import { readSourceState } from '../dataset/settled-sources.ts';
import { type ShardOutcome, shardUpload } from '../dataset/shard-upload.ts';
import type { JobStarter } from '../runs/job-starter.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { validateUpload } from '../validation/validate-upload.ts';
import { requestAutoTraining } from './auto-train.ts';
import { areMirrorsOf, compareMirrors } from './compare-mirrors.ts';
import { reclaimShards } from './reclaim-shards.ts';
import { reviveRuns } from './revive-runs.ts';
import { type Setback, Setbacks } from './setbacks.ts';

export interface SweepReport {
  /** Uploads whose event was lost, or whose processing was killed: validated and sharded now. */
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
/** Outcomes of sharding after which something is as it was not before. */
const changing: ReadonlySet<ShardOutcome['outcome']> = new Set(['sharded', 'removed']);

/** Finds what events lost, and does it. Every part is safe to repeat and to run beside the handlers. */
export async function sweep(store: ObjectStore, jobs: JobStarter, now: Date): Promise<SweepReport> {
  const setbacks = new Setbacks();
  const { vanished, misplaced, datasets, etags } = await compareMirrors(store);
  const removed: string[] = [];
  const remove = async (key: string) => {
    if ((await validateUpload(store, key)).outcome === 'removed') removed.push(key);
  };
  await pMap(vanished, (key) => setbacks.past(key, () => remove(key)), { concurrency });

  const recovered: string[] = [];
  const recover = async (key: string, mayHaveStray = false) => {
    const validated = await validateUpload(store, key, { mayHaveStray });
    const sharded = await shardUpload(store, receiptKey(key));
    const isAsItWas = validated.outcome === 'unchanged' && !changing.has(sharded.outcome);
    if (!isAsItWas) recovered.push(key);
  };
  await pMap(misplaced, (key) => setbacks.past(key, () => recover(key)), { concurrency });
  for (const dataset of datasets) {
    await setbacks.past(incomingPrefix(dataset), async () => {
      const { pending, entries } = await readSourceState(store, dataset);
      await pMap(pending, ({ key }) => setbacks.past(key, () => recover(key)), { concurrency });
      const stale = entries.filter((entry) => !areMirrorsOf(entry, etags)).map(({ source }) => source);
      await pMap(stale, ({ key }) => setbacks.past(key, () => recover(key, true)), { concurrency });
    });
  }
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
