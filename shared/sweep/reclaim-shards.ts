import pMap from 'p-map';
import {
  type ManifestEntry,
  manifestEntrySchema,
  type Snapshot,
  snapshotSchema,
} from '../dataset/documents.ts';
import { prefixes } from '../dataset/keys.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** Younger shards may belong to a manifest entry or snapshot that is being written. */
const graceMs = 24 * 3600_000;

/** Deletes shards that no manifest entry and no snapshot names any more. */
export async function reclaimShards(store: ObjectStore, now: Date): Promise<string[]> {
  const orphans = new Set<string>();
  for await (const { key, lastModified } of store.list(prefixes.shards)) {
    if (now.getTime() - lastModified.getTime() > graceMs) orphans.add(key);
  }
  if (orphans.size === 0) return [];
  for await (const { key } of store.list(prefixes.manifest)) {
    const entry = await readJson(store, key, manifestEntrySchema, 'STORE_FAILED');
    for (const shard of entry === null ? [] : shardsOfEntry(entry.value)) orphans.delete(shard);
  }
  for await (const { key } of store.list(prefixes.snapshots)) {
    const snapshot = await readJson(store, key, snapshotSchema, 'STORE_FAILED');
    for (const shard of snapshot === null ? [] : shardsOfSnapshot(snapshot.value)) orphans.delete(shard);
  }
  await pMap(orphans, (key) => store.delete(key), { concurrency: 8 });
  return [...orphans].sort();
}

const shardsOfEntry = ({ shards }: ManifestEntry) => [...shards.train, ...shards.eval].map(({ key }) => key);
const shardsOfSnapshot = ({ splits }: Snapshot) =>
  [...splits.train.shards, ...splits.eval.shards].map(({ key }) => key);
