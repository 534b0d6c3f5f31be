import { prefixes, sourceOfMirror } from '../dataset/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** Keys of deleted uploads that still have a receipt or a manifest entry. */
export async function vanishedSources(store: ObjectStore): Promise<string[]> {
  const mirrored = new Set<string>();
  for (const prefix of [prefixes.receipts, prefixes.manifest]) {
    for await (const { key } of store.list(prefix)) mirrored.add(sourceOfMirror(prefix, key));
  }
  // Listed after the mirrors: an upload made meanwhile cannot look deleted.
  for await (const { key } of store.list(prefixes.incoming)) mirrored.delete(key);
  return [...mirrored].sort();
}
