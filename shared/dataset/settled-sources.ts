import pMap from 'p-map';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { readDatasetConfig } from './dataset-settings.ts';
import { type ManifestEntry, manifestEntrySchema } from './documents.ts';
import { incomingPrefix, manifestKey, manifestPrefix, parseIncomingKey } from './keys.ts';
import { rulesOf, sameRules } from './upload-rules.ts';

/** Objects read at once. */
const concurrency = 32;

/** What of a dataset's uploads is sharded as it is now, and what is not yet. */
export interface SourceState {
  /** Entries of the current versions, in ascending order of the source key. */
  readonly entries: readonly ManifestEntry[];
  /** Uploads with no manifest entry of their current version and rules. */
  readonly pending: readonly ObjectInfo[];
  /** Objects below the dataset's prefix whose key is not an upload's. */
  readonly misplaced: readonly ObjectInfo[];
}

export async function readSourceState(store: ObjectStore, dataset: string): Promise<SourceState> {
  const rules = rulesOf(await readDatasetConfig(store, dataset));
  const uploads: ObjectInfo[] = [];
  const misplaced: ObjectInfo[] = [];
  for await (const info of store.list(incomingPrefix(dataset))) {
    if (info.key.endsWith('/')) continue;
    (parseIncomingKey(info.key) === null ? misplaced : uploads).push(info);
  }
  const mirrored = new Set<string>();
  for await (const info of store.list(manifestPrefix(dataset))) mirrored.add(info.key);

  const entries: ManifestEntry[] = [];
  const pending: ObjectInfo[] = [];
  const read = async (upload: ObjectInfo) => {
    const key = manifestKey(upload.key);
    const entry = mirrored.has(key)
      ? (await readJson(store, key, manifestEntrySchema, 'STORE_FAILED'))?.value
      : undefined;
    const current = entry?.source.etag === upload.etag && sameRules(entry.rules, rules);
    return { upload, entry: current ? entry : undefined };
  };
  for (const { upload, entry } of await pMap(uploads, read, { concurrency })) {
    if (entry === undefined) pending.push(upload);
    else entries.push(entry);
  }
  return { entries, pending, misplaced };
}

/**
 * Waits until every upload is sharded or quarantined.
 * @throws PIPELINE_NOT_SETTLED when `patienceMs` is over first
 */
export async function settledSources(
  store: ObjectStore,
  dataset: string,
  patienceMs: number,
): Promise<SourceState> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const state = await readSourceState(store, dataset);
    if (state.pending.length === 0) return state;
    if (Date.now() >= deadline) {
      throw new EarshotError('PIPELINE_NOT_SETTLED', {
        file: state.pending[0]!.key,
        expected: 'every upload sharded or quarantined',
        received: `${state.pending.length} of ${state.pending.length + state.entries.length} not yet`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(1000, deadline - Date.now())));
  }
}
