import { timingSafeEqual } from 'node:crypto';
import { S3Error } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import { canonicalPaths, hashCanonicalRequest } from './canonical-request.ts';
import type { Authorization } from './read-authorization.ts';
import { readAuthorization } from './read-authorization.ts';
import { type CredentialScope, hmac, type SigningKeys, scopeText } from './signing-key.ts';

/** The one account of the store. */
export interface Account {
  readonly accessKeyId: string;
  readonly keys: SigningKeys;
}

/** How the body of an authenticated request is protected, and with what its chunks are signed. */
export interface Authentication {
  /** Hex SHA-256 of the body, or one of the `UNSIGNED-…` and `STREAMING-…` words. */
  readonly payloadHash: string;
  readonly signingKey: Buffer;
  readonly scope: CredentialScope;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly time: string;
  /** Hex; the seed of the chain of chunk signatures. */
  readonly signature: string;
}

/** Amazon S3 Developer Guide, "Authenticating requests": a signed request is good for 15 minutes. */
const longestSkew = 15 * 60_000;

/**
 * Checks an AWS signature version 4, in the headers or in the query (presigned).
 *
 * @param now milliseconds since 1970
 * @throws S3Error AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed and those of
 *   `readAuthorization`
 */
export function authenticate(request: S3Request, account: Account, now: number): Authentication {
  const authorization = readAuthorization(request);
  checkTime(authorization, now);
  if (authorization.accessKeyId !== account.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 'The access key id you provided does not exist in our records.');
  }
  checkSignedHeaders(request, authorization);
  const signingKey = account.keys.keyFor(authorization.scope);
  const matching = canonicalPaths(request.rawPath).some((path) => {
    const hash = hashCanonicalRequest(request, authorization, path);
    const toSign = `AWS4-HMAC-SHA256\n${authorization.time}\n${scopeText(authorization.scope)}\n${hash}`;
    return sameSignature(hmac(signingKey, toSign).toString('hex'), authorization.signature);
  });
  if (!matching) {
    throw new S3Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  const { payloadHash, scope, time, signature } = authorization;
  return { payloadHash, signingKey, scope, time, signature };
}

export function sameSignature(computed: string, received: string): boolean {
  return computed.length === received.length && timingSafeEqual(Buffer.from(computed), Buffer.from(received));
}

function checkTime(authorization: Authorization, now: number): void {
  const { signedAt, expiresAfter } = authorization;
  if (signedAt - now > longestSkew || (expiresAfter === null && now - signedAt > longestSkew)) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      { RequestTime: authorization.time, ServerTime: new Date(now).toISOString() },
    );
  }
  if (expiresAfter !== null && now > signedAt + expiresAfter) {
    throw new S3Error('AccessDenied', 'Request has expired', {
      Expires: new Date(signedAt + expiresAfter).toISOString(),
      ServerTime: new Date(now).toISOString(),
    });
  }
}

/** What is not signed could have been put in on the way: `host` and every `x-amz-…` header must be covered. */
function checkSignedHeaders(request: S3Request, authorization: Authorization): void {
  const { signedHeaders } = authorization;
  const missing = signedHeaders.includes('host')
    ? Object.keys(request.headers).find((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name))
    : 'host';
  // A presigned request may name the hash of its body without having signed it: it only adds a check.
  if (missing === undefined || (missing === 'x-amz-content-sha256' && authorization.expiresAfter !== null))
    return;
  throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    HeadersNotSigned: missing,
  });
}
