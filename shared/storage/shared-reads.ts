import type { ObjectStore, StoredObject } from './object-store.ts';

interface Reads {
  running: Promise<StoredObject | null>;
  /** Begins when `running` has ended, so after everyone who waits for it has asked. */
  next: Promise<StoredObject | null> | null;
}

/**
 * The same store, except that those who ask at once for the same whole object below `prefix` share a request. Each still
 * gets the object as it is at some moment after asking: whoever comes while a request is under way gets the answer
 * of the one after it.
 */
export function sharingReads(store: ObjectStore, prefix: string): ObjectStore {
  const underway = new Map<string, Reads>();
  const start = (key: string): Promise<StoredObject | null> => {
    const reads: Reads = { running: store.get(key), next: null };
    underway.set(key, reads);
    const ended = () => {
      if (reads.next === null) underway.delete(key);
    };
    reads.running.then(ended, ended);
    return reads.running;
  };
  const get = (key: string): Promise<StoredObject | null> => {
    const reads = underway.get(key);
    if (reads === undefined) return start(key);
    const begin = () => start(key);
    reads.next ??= reads.running.then(begin, begin);
    return reads.next;
  };
  return {
    ...store,
    get: (key, options) =>
      options === undefined && key.startsWith(prefix) ? get(key) : store.get(key, options),
  };
}
