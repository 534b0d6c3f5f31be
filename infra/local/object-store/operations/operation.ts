import type { RequestBody } from '../body/request-body.ts';
import type { Reply } from '../protocol/reply.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import type { Authentication } from '../signature/authenticate.ts';
import type { Bucket } from '../storage/bucket.ts';
import type { StoreState } from '../storage/state.ts';

/** What happened to an object, once it would survive a crash. */
export interface ObjectNotice {
  readonly operation: 'write' | 'delete';
  readonly bucket: string;
  readonly key: string;
  /** Without quotes; null for a deletion. */
  readonly etag: string | null;
  /** Bytes; null for a deletion. */
  readonly size: number | null;
  readonly contentType: string | null;
  readonly requestId: string;
  readonly time: Date;
}

/** What an operation works with. */
export interface Exchange {
  readonly request: S3Request;
  readonly authentication: Authentication;
  readonly state: StoreState;
  readonly notify: (notice: ObjectNotice) => void;
  /** Begins to read the body, and tells a client that waits for `100 Continue` to send it. */
  readonly openBody: () => RequestBody;
}

/** Throws an S3Error where it cannot do what is asked. */
export type Operation = (exchange: Exchange) => Reply | Promise<Reply>;

/** The bucket that the request addresses. @throws S3Error NoSuchBucket */
export function bucketOf({ request, state }: Exchange): Bucket {
  return state.bucket(request.bucket ?? '');
}

/** The key that the request addresses; the router lets only such requests through. */
export function keyOf({ request }: Exchange): string {
  return request.key ?? '';
}
