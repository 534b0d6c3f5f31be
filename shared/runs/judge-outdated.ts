import pMap from 'p-map';
import { receiptKey } from '../dataset/keys.ts';
import { readSourceState } from '../dataset/settled-sources.ts';
import { shardUpload } from '../dataset/shard-upload.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { validateUpload } from '../validation/validate-upload.ts';

const concurrency = 8;

/**
 * Validates and shards again what was judged by other rules than the dataset has now: a configuration that changes wakes
 * nobody. Uploads that come out the same by both are left alone. After `patienceMs` the rest is left to the next try, or
 * to the sweep.
 * @throws DATASET_CONFIG_INVALID, DOCUMENT_CORRUPT, and what the store throws
 */
export async function judgeOutdated(store: ObjectStore, dataset: string, patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  const { outdated } = await readSourceState(store, dataset);
  await pMap(
    outdated,
    async ({ key }) => {
      if (Date.now() > deadline) return;
      await validateUpload(store, key);
      await shardUpload(store, receiptKey(key));
    },
    { concurrency },
  );
}
