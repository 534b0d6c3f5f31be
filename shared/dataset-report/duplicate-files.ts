import { shardsOfEntry } from '../dataset/documents.ts';
import type { SourceState } from '../dataset/settled-sources.ts';

/** Uploads of the same clips under several keys, whatever their order or compression. */
export interface DuplicateFiles {
  /** Ascending; the clips of the first are kept. */
  readonly keys: readonly string[];
  readonly clips: number;
}

/** Files are the same when their shards are; that is told by the hashes in the manifest, without reading them. */
export function findDuplicateFiles({ entries }: Pick<SourceState, 'entries'>): DuplicateFiles[] {
  const byShards = new Map<string, { keys: string[]; clips: number }>();
  for (const entry of entries) {
    // The hash alone, without the split: the same file in train and eval is the same file.
    const hashes = shardsOfEntry(entry).map(({ key }) => key.slice(key.lastIndexOf('/')));
    if (hashes.length === 0) continue;
    const content = hashes.sort().join('');
    const same = byShards.get(content) ?? { keys: [], clips: entry.clips };
    same.keys.push(entry.source.key);
    byShards.set(content, same);
  }
  return [...byShards.values()].filter(({ keys }) => keys.length > 1);
}
