import { isDatasetName, parseIncomingKey, prefixes, receiptKey, sourceOfMirror } from '../dataset/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';

export interface MirrorComparison {
  /** Keys of deleted uploads that still have a receipt or a manifest entry. */
  readonly vanished: readonly string[];
  /** Misplaced objects that have no receipt to tell so. */
  readonly untold: readonly string[];
  /** Datasets with uploads. */
  readonly datasets: readonly string[];
}

/** Holds what is below incoming/ against what mirrors it, by names alone. */
export async function compareMirrors(store: ObjectStore): Promise<MirrorComparison> {
  const mirrored = new Set<string>();
  const receipts = new Set<string>();
  for (const prefix of [prefixes.receipts, prefixes.manifest]) {
    for await (const { key } of store.list(prefix)) {
      if (!key.endsWith('.json')) continue;
      mirrored.add(sourceOfMirror(prefix, key));
      receipts.add(key);
    }
  }
  const untold: string[] = [];
  const datasets = new Set<string>();
  // Listed after the mirrors: an upload made meanwhile cannot look deleted.
  for await (const { key } of store.list(prefixes.incoming)) {
    mirrored.delete(key);
    const dataset = key.slice(prefixes.incoming.length).split('/')[0] ?? '';
    if (isDatasetName(dataset)) datasets.add(dataset);
    const isMisplaced = !key.endsWith('/') && parseIncomingKey(key) === null;
    if (isMisplaced && !receipts.has(receiptKey(key))) untold.push(key);
  }
  return { vanished: [...mirrored].sort(), untold, datasets: [...datasets] };
}
