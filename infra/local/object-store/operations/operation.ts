import type { RequestBody } from '../body/request-body.ts';
import type { Reply } from '../protocol/reply.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import type { Authentication } from '../signature/authenticate.ts';
import type { Bucket } from '../storage/bucket.ts';
import type { StoreState } from '../storage/state.ts';

/** What happens to an object. */
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

/** Who is told of every change of an object. */
export interface NoticeOutlet {
  /**
   * Before the change: resolves when a crash from here on would not lose the notice. When it rejects, the change is not
   * made and the client gets a 500.
   */
  announce(notice: ObjectNotice): Promise<AnnouncedNotice>;
}

/** One of the two is called. */
export interface AnnouncedNotice {
  /** The change is made, and would survive a crash. */
  send(): void;
  /** The change is not made. */
  withdraw(): void;
}

/** What an operation works with. */
export interface Exchange {
  readonly request: S3Request;
  readonly authentication: Authentication;
  readonly state: StoreState;
  readonly outlet: NoticeOutlet;
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
