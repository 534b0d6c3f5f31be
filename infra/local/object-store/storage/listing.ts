import type { Bucket } from './bucket.ts';
import { afterPrefix, fromByteForm, toByteForm } from './key-order.ts';
import type { ObjectRecord } from './object-record.ts';

export interface ListingQuery {
  readonly prefix: string;
  /** '' for none. */
  readonly delimiter: string;
  /** Only what comes after this; in byte form, see key-order.ts. */
  readonly after: string;
  /** Objects and common prefixes together. */
  readonly limit: number;
}

export interface Listing {
  readonly objects: readonly ObjectRecord[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page begins, for `after`; null when this is the last page. */
  readonly next: string | null;
  /** The last key or common prefix of the page, as text. */
  readonly last: string;
}

/**
 * One page of the keys of a bucket, in the order of their UTF-8 bytes. Keys with `delimiter` after the prefix are
 * rolled up into one common prefix, which costs one look-up however many keys it stands for.
 */
export function listPage(bucket: Bucket, query: ListingQuery): Listing {
  const prefix = toByteForm(query.prefix);
  const delimiter = toByteForm(query.delimiter);
  const objects: ObjectRecord[] = [];
  const commonPrefixes: string[] = [];
  let after = query.after;
  let last = '';
  if (query.limit === 0) return { objects, commonPrefixes, next: null, last };

  let keys = bucket.keysFrom(prefix > after ? prefix : after);
  for (;;) {
    const { value: key, done } = keys.next();
    if (done === true || !key.startsWith(prefix)) return { objects, commonPrefixes, next: null, last };
    if (key <= after) continue;
    if (objects.length + commonPrefixes.length === query.limit) {
      return { objects, commonPrefixes, next: after, last };
    }
    const common = commonPrefixOf(key, prefix, delimiter);
    if (common === null) {
      objects.push(bucket.findByteForm(key)!);
      after = key;
      last = fromByteForm(key);
    } else {
      last = fromByteForm(common);
      commonPrefixes.push(last);
      after = afterPrefix(common);
      keys = bucket.keysFrom(after);
    }
  }
}

/** The part of a key up to the first delimiter after the prefix, or null. All in byte form. */
function commonPrefixOf(key: string, prefix: string, delimiter: string): string | null {
  if (delimiter === '') return null;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? null : key.slice(0, at + delimiter.length);
}

/**
 * What `after` is for the `marker` of ListObjects and the `start-after` of version 2. When it is a common prefix, or a
 * key below one, all keys that this prefix stands for are behind, as with S3: what is listed comes after the marker.
 */
export function afterMarker(marker: string, prefix: string, delimiter: string): string {
  const byteForm = toByteForm(marker);
  if (!marker.startsWith(prefix)) return byteForm;
  const common = commonPrefixOf(byteForm, toByteForm(prefix), toByteForm(delimiter));
  return common === null ? byteForm : afterPrefix(common);
}
