import type { ManifestEntry } from '../dataset/documents.ts';
import {
  isDatasetName,
  parseIncomingKey,
  prefixes,
  quarantineKey,
  quarantineReasonsKey,
  receiptKey,
  sourceOfMirror,
} from '../dataset/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';

export interface MirrorComparison {
  /** Keys of deleted uploads that are still mirrored. */
  readonly vanished: readonly string[];
  /** Objects whose key is not an upload's. */
  readonly misplaced: readonly string[];
  /** Datasets with uploads. */
  readonly datasets: readonly string[];
  /** ETags of receipts and of what is in quarantine, by key. */
  readonly etags: ReadonlyMap<string, string>;
}

/** Holds what is below incoming/ against what mirrors it, by listings alone. */
export async function compareMirrors(store: ObjectStore): Promise<MirrorComparison> {
  const mirrored = new Set<string>();
  const etags = new Map<string, string>();
  for (const prefix of [prefixes.receipts, prefixes.quarantine, prefixes.manifest]) {
    for await (const { key, etag } of store.list(prefix)) {
      const source = sourceOfMirror(key);
      if (source === null) continue;
      mirrored.add(source);
      if (prefix !== prefixes.manifest) etags.set(key, etag);
    }
  }
  const misplaced: string[] = [];
  const datasets = new Set<string>();
  // Listed after the mirrors: an upload made meanwhile cannot look deleted.
  for await (const { key } of store.list(prefixes.incoming)) {
    mirrored.delete(key);
    const dataset = key.slice(prefixes.incoming.length).split('/')[0] ?? '';
    if (isDatasetName(dataset)) datasets.add(dataset);
    if (!key.endsWith('/') && parseIncomingKey(key) === null) misplaced.push(key);
  }
  return { vanished: [...mirrored].sort(), misplaced, datasets: [...datasets], etags };
}

/**
 * Whether receipt and quarantine are those of the entry's version: a validation that was killed may have left others.
 * False also where the store's ETags are no MD5s; then only reading tells.
 */
export function areMirrorsOf(
  { source: { key }, mirrors: { receipt, quarantine } }: ManifestEntry,
  etags: ReadonlyMap<string, string>,
): boolean {
  return (
    etags.get(receiptKey(key)) === receipt &&
    etags.get(quarantineKey(key)) === quarantine?.file &&
    etags.get(quarantineReasonsKey(key)) === quarantine?.reasons
  );
}
