import type { IncomingHttpHeaders } from 'node:http';
import { parseEntityTags } from './entity-tag.ts';
import { S3Error } from './s3-error.ts';

/** The conditions of a request (RFC 9110, section 13). Null: not set. */
export interface Conditions {
  readonly ifMatch: readonly string[] | null;
  readonly ifNoneMatch: readonly string[] | null;
  readonly ifModifiedSince: number | null;
  readonly ifUnmodifiedSince: number | null;
}

/** What a condition is held against. */
export interface Version {
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
}

/** Reads `If-…` headers, or with a prefix those of a copy source (`x-amz-copy-source-if-…`). */
export function readConditions(headers: IncomingHttpHeaders, prefix = ''): Conditions {
  const value = (name: string): string | null => {
    const found = headers[`${prefix}${name}`];
    return typeof found === 'string' ? found : null;
  };
  const tags = (name: string) => {
    const text = value(name);
    return text === null ? null : parseEntityTags(text);
  };
  // A date that cannot be read is as if it were not there (RFC 9110, 13.1.3).
  const date = (name: string) => {
    const time = Date.parse(value(name) ?? '');
    return Number.isNaN(time) ? null : time;
  };
  return {
    ifMatch: tags('if-match'),
    ifNoneMatch: tags('if-none-match'),
    ifModifiedSince: date('if-modified-since'),
    ifUnmodifiedSince: date('if-unmodified-since'),
  };
}

/**
 * Holds the conditions of GET and HEAD against an object, in the order of RFC 9110, section 13.2.2.
 *
 * @throws S3Error PreconditionFailed
 */
export function judgeRead(conditions: Conditions, version: Version): 'send' | 'not-modified' {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const modified = wholeSeconds(version.lastModified);
  if (ifMatch !== null) {
    if (!matches(ifMatch, version)) throw failed('If-Match');
  } else if (ifUnmodifiedSince !== null && modified > ifUnmodifiedSince) throw failed('If-Unmodified-Since');
  if (ifNoneMatch !== null) return matches(ifNoneMatch, version) ? 'not-modified' : 'send';
  if (ifModifiedSince !== null && modified <= ifModifiedSince) return 'not-modified';
  return 'send';
}

/**
 * Holds the conditions of a write against the object it would replace; undefined when there is none.
 *
 * @throws S3Error PreconditionFailed, and NoSuchKey for `If-Match` where there is no object
 */
export function judgeWrite(conditions: Conditions, version: Version | undefined): void {
  const { ifMatch, ifNoneMatch, ifUnmodifiedSince } = conditions;
  if (ifMatch !== null) {
    if (version === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
    if (!matches(ifMatch, version)) throw failed('If-Match');
  }
  if (version === undefined) return;
  if (
    ifMatch === null &&
    ifUnmodifiedSince !== null &&
    wholeSeconds(version.lastModified) > ifUnmodifiedSince
  ) {
    throw failed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== null && matches(ifNoneMatch, version)) throw failed('If-None-Match');
}

function matches(tags: readonly string[], version: Version): boolean {
  return tags.includes('*') || tags.includes(version.etag);
}

/** HTTP dates have no fraction of a second. */
export function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
}
