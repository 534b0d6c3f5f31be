import {
  isDatasetName,
  parseIncomingKey,
  prefixes,
  receiptKey,
  sourceOfMirror,
  sourceOfQuarantine,
} from '../dataset/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';

export interface MirrorComparison {
  /** Keys of deleted uploads that still have a receipt, a manifest entry or a quarantine. */
  readonly vanished: readonly string[];
  /** Misplaced objects that have no receipt to tell so. */
  readonly untold: readonly string[];
  /** Keys of uploads with a quarantine. */
  readonly quarantined: ReadonlySet<string>;
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
  const quarantined = new Set<string>();
  for await (const { key } of store.list(prefixes.quarantine)) quarantined.add(sourceOfQuarantine(key));
  for (const key of quarantined) mirrored.add(key);
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
  for (const key of mirrored) quarantined.delete(key);
  return { vanished: [...mirrored].sort(), untold, quarantined, datasets: [...datasets] };
}
