import { createHash } from 'node:crypto';
import type { S3Request } from '../protocol/s3-request.ts';
import { decodeEscapes, encodePath, encodeStrictly } from '../protocol/uri.ts';

/** What of a request is signed. */
export interface SignedParts {
  /** Lower case, sorted, as named by the client. */
  readonly signedHeaders: readonly string[];
  /** Hex SHA-256 of the body, or one of the `UNSIGNED-…` and `STREAMING-…` words. */
  readonly payloadHash: string;
}

/**
 * The hex SHA-256 of the canonical request (AWS General Reference, "Create a signed AWS API request", step 1).
 * S3 encodes the path once and does not normalise it. Header values are Latin-1, as Node reads the wire.
 */
export function hashCanonicalRequest(request: S3Request, parts: SignedParts, path: string): string {
  const headers = parts.signedHeaders.map((name) => {
    const value = request.headers[name];
    const text = Array.isArray(value) ? value.join(',') : (value ?? '');
    return `${name}:${text.trim().replace(/ {2,}/g, ' ')}\n`;
  });
  const canonical = [
    request.method,
    path,
    canonicalQuery(request.queryPairs),
    headers.join(''),
    parts.signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n');
  return createHash('sha256').update(canonical, 'latin1').digest('hex');
}

/**
 * The paths that a right signature may cover: as every SDK encodes it and, where it differs, as it was sent
 * (curl signs what it sends).
 */
export function canonicalPaths(rawPath: string): readonly string[] {
  const encoded = encodePath(decodeEscapes(rawPath));
  return encoded === rawPath ? [encoded] : [encoded, rawPath];
}

function canonicalQuery(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
    .sort((a, b) => (a < b ? -1 : 1))
    .join('&');
}
