import pMap from 'p-map';
import {
  manifestEntrySchema,
  type ShardReference,
  type Snapshot,
  shardsOfEntry,
  snapshotSchema,
} from '../dataset/documents.ts';
import { prefixes } from '../dataset/keys.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** Younger shards may belong to a manifest entry or snapshot that is being written. */
const graceMs = 24 * 3600_000;
const concurrency = 32;

/**
 * Deletes shards that no manifest entry and no snapshot names any more; returns their keys. Whoever uses a shard again
 * writes it again, so that it is young. What slips through in the moment between the last look and the deletion is
 * not lost: its source counts as pending then, and the next sweep writes it from incoming/.
 * @throws DOCUMENT_CORRUPT, with nothing deleted
 */
export async function reclaimShards(store: ObjectStore, now: Date): Promise<string[]> {
  const orphans = new Map<string, Date>();
  for await (const { key, lastModified } of store.list(prefixes.shards)) {
    if (now.getTime() - lastModified.getTime() > graceMs) orphans.set(key, lastModified);
  }
  await forget(store, prefixes.manifest, orphans, async (key) => {
    const entry = await readJson(store, key, manifestEntrySchema, 'DOCUMENT_CORRUPT');
    return entry === null ? [] : shardsOfEntry(entry.value);
  });
  await forget(store, prefixes.snapshots, orphans, async (key) => {
    const snapshot = await readJson(store, key, snapshotSchema, 'DOCUMENT_CORRUPT');
    return snapshot === null ? [] : shardsOfSnapshot(snapshot.value);
  });
  const reclaimed: string[] = [];
  await pMap(
    orphans,
    async ([key, writtenAt]) => {
      const current = await store.head(key);
      if (current === null || current.lastModified > writtenAt) return;
      await store.delete(key);
      reclaimed.push(key);
    },
    { concurrency },
  );
  return reclaimed.sort();
}

/** Takes what the documents below a prefix name out of the orphans. */
async function forget(
  store: ObjectStore,
  prefix: string,
  orphans: Map<string, Date>,
  shardsNamedBy: (key: string) => Promise<readonly ShardReference[]>,
): Promise<void> {
  if (orphans.size === 0) return;
  const named = await pMap(store.list(prefix), ({ key }) => shardsNamedBy(key), { concurrency });
  for (const { key } of named.flat()) orphans.delete(key);
}

const shardsOfSnapshot = ({ splits }: Snapshot) => [...splits.train.shards, ...splits.eval.shards];
