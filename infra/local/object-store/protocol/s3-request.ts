import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.ts';
import { decodeEscapes, parseQuery } from './uri.ts';

/** A request as addressed: which bucket, which key, which sub-resource. */
export interface S3Request {
  readonly method: string;
  /** Null for the service itself (`GET /`). */
  readonly bucket: string | null;
  /** Null for a bucket or the service. Any Unicode text of 1 to 1024 UTF-8 bytes. */
  readonly key: string | null;
  readonly query: ReadonlyMap<string, string>;
  readonly queryPairs: readonly (readonly [string, string])[];
  readonly headers: IncomingHttpHeaders;
  /** The path as sent, escapes and all: what a signature covers. */
  readonly rawPath: string;
  readonly requestId: string;
}

/** Amazon S3 User Guide, "Naming Amazon S3 objects": at most 1,024 bytes of UTF-8. */
const longestKey = 1024;

/**
 * Reads path-style (`/bucket/key`) and virtual-hosted-style (`Host: bucket.localhost`) addresses.
 *
 * @throws S3Error InvalidURI, KeyTooLongError
 */
export function addressRequest(incoming: IncomingMessage, requestId: string): S3Request {
  const target = incoming.url ?? '/';
  const mark = target.indexOf('?');
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const queryPairs = parseQuery(mark === -1 ? '' : target.slice(mark + 1));
  if (!rawPath.startsWith('/')) throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");

  const path = rawPath.slice(1);
  const hosted = virtualHost(incoming.headers.host);
  const slash = path.indexOf('/');
  const rawBucket = hosted ?? (slash === -1 ? path : path.slice(0, slash));
  const rawKey = hosted !== null ? path : slash === -1 ? '' : path.slice(slash + 1);
  const key = decodeEscapes(rawKey);
  if (key.length > longestKey || Buffer.byteLength(key) > longestKey) {
    throw new S3Error('KeyTooLongError', 'Your key is too long');
  }
  return {
    method: incoming.method ?? 'GET',
    bucket: rawBucket === '' ? null : decodeEscapes(rawBucket),
    key: key === '' ? null : key,
    query: new Map(queryPairs),
    queryPairs,
    headers: incoming.headers,
    rawPath,
    requestId,
  };
}

const hostSuffix = '.localhost';

function virtualHost(host: string | undefined): string | null {
  if (host === undefined) return null;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return name.endsWith(hostSuffix) ? name.slice(0, -hostSuffix.length) : null;
}

/** The value of a header that a client may send once. */
export function header(request: Pick<S3Request, 'headers'>, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : value === undefined ? null : value.join(', ');
}
