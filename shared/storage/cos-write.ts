import { setTimeout as delay } from 'node:timers/promises';
import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { storeError } from './cos-errors.ts';
import { type CosBucket, getObject, headObject, quote, unquote } from './cos-read.ts';
import { addHeader, type CosOutcome, type CosRequest, send } from './cos-request.ts';
import type { WriteOptions, WriteResult } from './object-store.ts';

/** How often a write that met another one in flight (409) is tried again, and the first pause in milliseconds. */
const mostConflicts = 8;
const firstPause = 50;

/** Writes an object in one request. */
export async function putObject(
  bucket: CosBucket,
  key: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<WriteResult> {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { data, error, retried } = await sendConditionally(options, () =>
    bucket.client.putObject({
      Bucket: bucket.name,
      Key: key,
      Body: body,
      ContentType: options.contentType ?? defaultContentType,
      ...absenceCondition(options),
    }),
  );
  if (error === null) return { written: true, etag: unquote(data.ETag ?? '') };
  if (!isConditionLost(error, options)) throw storeError(error, 'putObject', key);
  if (!retried) return { written: false };
  // The attempt before may have been ours, and only its answer lost.
  const found = await getObject(bucket, key, {});
  const ours = found !== null && body.equals(found.bytes);
  return ours ? { written: true, etag: found.info.etag } : { written: false };
}

export const defaultContentType = 'application/octet-stream';

/** Sends a write with its condition; one that met another in flight is repeated. */
export async function sendConditionally<Output>(
  options: WriteOptions,
  request: () => CosRequest<Output>,
): Promise<CosOutcome<Output>> {
  let retried = false;
  for (let conflicts = 0; ; conflicts++) {
    const attempt = request();
    if (options.ifMatch !== undefined) addHeader(attempt, 'If-Match', quote(options.ifMatch));
    const outcome = await send(attempt);
    retried ||= outcome.retried;
    if (outcome.error?.statusCode !== 409 || conflicts === mostConflicts) return { ...outcome, retried };
    await delay(firstPause * 2 ** conflicts * Math.random());
  }
}

export function absenceCondition(options: WriteOptions): Pick<S3.PutObjectRequest, 'IfNoneMatch'> {
  return options.ifAbsent === true ? { IfNoneMatch: '*' } : {};
}

/** 412, and 404 for the version of an object that is no more. */
export function isConditionLost(
  error: { statusCode?: number; code: string },
  options: WriteOptions,
): boolean {
  if (error.statusCode === 412) return true;
  return options.ifMatch !== undefined && error.statusCode === 404 && error.code !== 'NoSuchBucket';
}

/** Whether a write with these options can succeed as things stand. */
export async function conditionHolds(
  bucket: CosBucket,
  key: string,
  options: WriteOptions,
): Promise<boolean> {
  if (options.ifAbsent !== true && options.ifMatch === undefined) return true;
  const current = await headObject(bucket, key);
  if (options.ifAbsent === true) return current === null;
  return current?.etag === options.ifMatch;
}
