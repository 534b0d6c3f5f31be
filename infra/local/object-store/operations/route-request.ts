import { S3Error } from '../protocol/s3-error.ts';
import { header, type S3Request } from '../protocol/s3-request.ts';
import type { Operation } from './operation.ts';
import { addresses, routes } from './routes.ts';

/**
 * The operation that a request asks for. What the server does not know - a method, a sub-resource, a parameter,
 * an `x-amz-…` header - is refused, never passed over: a client must not believe that its ACL, its tags or its
 * lock took effect.
 *
 * @throws S3Error NotImplemented
 */
export function routeRequest(request: S3Request): Operation {
  const of = addresses(request);
  const copies = request.headers['x-amz-copy-source'] !== undefined;
  const route = routes.find(
    (candidate) =>
      candidate.method === request.method &&
      candidate.of === of &&
      (candidate.copies ?? false) === copies &&
      (candidate.marked ?? []).every((name) => request.query.has(name)),
  );
  if (route === undefined) throw notImplemented(`${request.method} of this resource`);
  for (const name of request.query.keys()) {
    const known = route.marked?.includes(name) || route.takes?.includes(name) || isOfEveryRequest(name);
    if (!known) throw notImplemented(`The parameter ${name}`);
  }
  checkHeaders(request);
  return route.operation;
}

/** `x-id` only names the operation, for logs; `X-Amz-…` belong to a presigned signature. */
function isOfEveryRequest(parameter: string): boolean {
  return parameter === 'x-id' || signatureParameters.has(parameter);
}

const signatureParameters = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Content-Sha256',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
]);

const honoured = new Set([
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-date',
  'x-amz-decoded-content-length',
  'x-amz-metadata-directive',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-trailer',
  'x-amz-user-agent',
]);
const honouredPrefixes = ['x-amz-meta-', 'x-amz-checksum-', 'x-amz-copy-source-if-'];

/** Headers that ask for what is the case anyway. */
const trivial: Readonly<Record<string, string>> = {
  'x-amz-acl': 'private',
  'x-amz-storage-class': 'STANDARD',
  'x-amz-tagging-directive': 'COPY',
};

function checkHeaders(request: S3Request): void {
  for (const name of Object.keys(request.headers)) {
    if (!name.startsWith('x-amz-') || honoured.has(name)) continue;
    if (honouredPrefixes.some((prefix) => name.startsWith(prefix))) continue;
    if (name === 'x-amz-copy-source-range' || header(request, name) === trivial[name]) continue;
    throw notImplemented(`The header ${name}`);
  }
}

function notImplemented(what: string): S3Error {
  return new S3Error('NotImplemented', `${what} is not implemented.`);
}
