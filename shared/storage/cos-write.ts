import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { sendConditionally } from './cos-conditional.ts';
import { storeError } from './cos-errors.ts';
import { type CosBucket, getObject, headObject, unquote } from './cos-read.ts';
import type { WriteOptions, WriteResult } from './object-store.ts';

/** Writes an object in one request. */
export async function putObject(
  bucket: CosBucket,
  key: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<WriteResult> {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { data, error, retried } = await sendConditionally(bucket, key, options, () =>
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
