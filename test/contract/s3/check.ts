import type S3 from 'ibm-cos-sdk/clients/s3.js';
import {
  errorCode,
  type RawAnswer,
  type RawRequest,
  sendRaw,
  sendSigned,
} from '../../fixtures/object-store/raw-request.ts';

/** A store that is held to the protocol. Its account is that of test/fixtures/object-store. */
export interface Subject {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** A LocationConstraint that it has. */
  readonly location: string;
  /** The SDK as it comes, without retries. */
  readonly client: S3;
  /** Made for this run, and empty at its begin. */
  readonly bucket: string;
}

/** What is seen of a store: for each thing that was tried, in words, how it went. */
export type Sight = Readonly<Record<string, string>>;

/** One thing that a store must do. Checks share a bucket, so each has keys of its own. */
export interface Check {
  /** A sentence whose subject is the store; no other check has it. */
  readonly name: string;
  /** What is seen of a store that does as Amazon documents S3, or IBM documents COS. */
  readonly expected: Sight;
  observe(subject: Subject): Promise<Sight>;
}

/** To make a bucket; the SDK would name the region that it signs for as the location. */
export function bucketNamed({ location }: Subject, Bucket: string): S3.CreateBucketRequest {
  return { Bucket, CreateBucketConfiguration: { LocationConstraint: location } };
}

/** Milliseconds; a store that says nothing for so long does not answer at all. */
const patience = 10_000;

/** `'200'`, `'412 PreconditionFailed'` or `'no answer'`. */
export async function said(pending: Promise<RawAnswer>): Promise<string> {
  const answer = await answerTo(pending);
  if (answer === null) return 'no answer';
  return [answer.status, errorCode(answer)].join(' ').trim();
}

/** Null when the connection is lost or nothing comes. */
export async function answerTo(pending: Promise<RawAnswer>): Promise<RawAnswer | null> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, patience, null);
  });
  try {
    return await Promise.race([pending.catch(() => null), silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** A request for an object of the bucket; `key` as it goes on the wire, query included. */
export function aimedAt(
  { url, bucket }: Subject,
  key: string,
  method = 'GET',
): Pick<RawRequest, 'url' | 'method' | 'target'> {
  return { url, method, target: `/${bucket}/${key}` };
}

/** The body of an object as a signed GET gives it, or how that went wrong. */
export async function contentAt(subject: Subject, key: string): Promise<string> {
  const answer = await answerTo(sendSigned(aimedAt(subject, key)));
  if (answer === null) return 'no answer';
  return answer.status === 200 ? answer.body.toString('latin1') : `${answer.status} ${errorCode(answer)}`;
}

/** Opens an address without a signature of its own, e.g. a presigned one. */
export function openAddress(address: string, method = 'GET', body = ''): Promise<RawAnswer> {
  const { origin, pathname, search } = new URL(address);
  return sendRaw({ url: origin, method, target: pathname + search, body: Buffer.from(body) });
}

export function yesOrNo(truth: boolean): string {
  return truth ? 'yes' : 'no';
}
