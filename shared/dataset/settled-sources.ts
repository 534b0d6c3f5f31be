import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import type { DatasetConfig } from './dataset-config.ts';
import { readDatasetConfig } from './dataset-settings.ts';
import { type ManifestEntry, manifestEntrySchema, shardsOfEntry } from './documents.ts';
import { incomingPrefix, manifestKey, manifestPrefix, parseIncomingKey, shardPrefix } from './keys.ts';
import { rulesOf, sameRules } from './upload-rules.ts';

/** Objects read at once. */
const concurrency = 32;

/** What of a dataset's uploads is sharded as it is now, and what is not yet. */
export interface SourceState {
  /** By which the entries were made. */
  readonly config: DatasetConfig;
  /** Entries of the current versions, in ascending order of the source key. */
  readonly entries: readonly ManifestEntry[];
  /** Uploads with no manifest entry of their current version and rules, or whose shards are not all there. */
  readonly pending: readonly ObjectInfo[];
  /** Those of them that were sharded by other rules than the dataset has now. */
  readonly outdated: readonly ObjectInfo[];
  /** Objects below the dataset's prefix whose key is not an upload's. */
  readonly misplaced: readonly ObjectInfo[];
}

/** Manifest entries by the ETag of their object: what was read of them need not be read again. */
type KnownEntries = Map<string, ManifestEntry>;

/** @throws DATASET_CONFIG_INVALID, DOCUMENT_CORRUPT */
export async function readSourceState(
  store: ObjectStore,
  dataset: string,
  known: KnownEntries = new Map(),
): Promise<SourceState> {
  const config = await readDatasetConfig(store, dataset);
  const uploads: ObjectInfo[] = [];
  const misplaced: ObjectInfo[] = [];
  for await (const info of store.list(incomingPrefix(dataset))) {
    if (info.key.endsWith('/')) continue;
    (parseIncomingKey(info.key) === null ? misplaced : uploads).push(info);
  }
  const mirrors = new Map<string, string>();
  for await (const { key, etag } of store.list(manifestPrefix(dataset))) mirrors.set(key, etag);

  const read = async ({ key }: ObjectInfo): Promise<ManifestEntry | undefined> => {
    const mirror = manifestKey(key);
    const etag = mirrors.get(mirror);
    if (etag === undefined) return undefined;
    const entry = known.get(etag) ?? (await readEntry(store, mirror));
    if (entry !== undefined) known.set(etag, entry);
    return entry;
  };
  const found = await pMap(uploads, read, { concurrency });
  // Listed after the entries, so that what they name is there if it was not lost.
  const shards = new Set<string>();
  for await (const { key } of store.list(shardPrefix(dataset))) shards.add(key);

  const entries: ManifestEntry[] = [];
  const pending: ObjectInfo[] = [];
  const outdated: ObjectInfo[] = [];
  for (const [i, upload] of uploads.entries()) {
    const rules = rulesOf(config, parseIncomingKey(upload.key)!.split);
    const entry = found[i];
    const isOfVersion = entry !== undefined && entry.source.etag === upload.etag;
    const isOfRules = isOfVersion && sameRules(entry.rules, rules);
    if (isOfRules && shardsOfEntry(entry).every(({ key }) => shards.has(key))) entries.push(entry);
    else pending.push(upload);
    if (isOfVersion && !isOfRules) outdated.push(upload);
  }
  return { config, entries, pending, outdated, misplaced };
}

async function readEntry(store: ObjectStore, key: string): Promise<ManifestEntry | undefined> {
  return (await readJson(store, key, manifestEntrySchema, 'DOCUMENT_CORRUPT'))?.value;
}

/**
 * Waits until every upload is sharded or quarantined.
 * @throws PIPELINE_NOT_SETTLED when `patienceMs` is over first; DATASET_CONFIG_INVALID, DOCUMENT_CORRUPT
 */
export async function settledSources(
  store: ObjectStore,
  dataset: string,
  patienceMs: number,
): Promise<SourceState> {
  const deadline = Date.now() + patienceMs;
  const known: KnownEntries = new Map();
  for (;;) {
    const state = await readSourceState(store, dataset, known);
    if (state.pending.length === 0) return state;
    const left = deadline - Date.now();
    if (left <= 0) {
      throw new EarshotError('PIPELINE_NOT_SETTLED', {
        file: state.pending[0]!.key,
        expected: 'every upload sharded or quarantined',
        received: `${state.pending.length} of ${state.pending.length + state.entries.length} not yet`,
      });
    }
    await delay(Math.min(1000, left));
  }
}
