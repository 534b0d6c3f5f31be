import { randomUUID } from 'node:crypto';
import { closest } from 'fastest-levenshtein';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { ObjectNotice } from '../object-store/start-object-store.ts';
import type { DeadLetter } from './outbox.ts';

/** Among so many keys and what they begin with, the one that may have been meant is looked for. */
const mostCandidates = 5000;

export interface ReplaySources {
  readonly bucket: string;
  readonly store: ObjectStore;
  readonly letters: readonly DeadLetter[];
}

/**
 * What to tell of the objects and dead letters of a key, or where none has exactly this key, of those whose key begins
 * so: that they were written, or, where the object is gone, deleted. By key.
 * @throws REPLAY_UNMATCHED with a key that may have been meant
 */
export async function planReplay(
  keyOrPrefix: string,
  { bucket, store, letters }: ReplaySources,
): Promise<ObjectNotice[]> {
  const about = { bucket, contentType: null, requestId: randomUUID(), time: new Date() };
  const notices = new Map<string, ObjectNotice>();
  for (const { key } of letters) {
    if (!key.startsWith(keyOrPrefix)) continue;
    notices.set(key, { ...about, operation: 'delete', key, etag: null, size: null });
  }
  for await (const { key, etag, size } of store.list(keyOrPrefix)) {
    notices.set(key, { ...about, operation: 'write', key, etag, size });
  }
  if (notices.size === 0) throw await unmatched(keyOrPrefix, store, letters);
  const exact = notices.get(keyOrPrefix);
  if (exact !== undefined) return [exact];
  return [...notices.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function unmatched(
  keyOrPrefix: string,
  store: ObjectStore,
  letters: readonly DeadLetter[],
): Promise<EarshotError> {
  const candidates = new Set<string>();
  const add = (key: string) => {
    candidates.add(key);
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1))
      candidates.add(key.slice(0, at + 1));
  };
  for (const { key } of letters) add(key);
  for await (const { key } of store.list('')) {
    if (candidates.size >= mostCandidates) break;
    add(key);
  }
  const meant = candidates.size === 0 ? null : closest(keyOrPrefix, [...candidates]);
  return new EarshotError('REPLAY_UNMATCHED', {
    file: keyOrPrefix,
    ...(meant === null ? {} : { expected: `perhaps ${meant}` }),
  });
}
