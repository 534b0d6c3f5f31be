import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { storeError } from './cos-errors.ts';
import { send } from './cos-request.ts';
import type { ObjectInfo, ReadOptions, StoredObject } from './object-store.ts';

/** One bucket, through the SDK. */
export interface CosBucket {
  readonly client: S3;
  readonly name: string;
  /** How ETags stand in If-Match of a write: in quotes, as HTTP has it, until the store was seen to want them bare. */
  readonly ifMatch: { spelling: 'quoted' | 'bare' };
}

export async function headObject({ client, name }: CosBucket, key: string): Promise<ObjectInfo | null> {
  const { data, error } = await send(client.headObject({ Bucket: name, Key: key }));
  if (error === null) return describe(key, data);
  if (error.statusCode === 404) return null;
  throw storeError(error, 'headObject', key);
}

export async function getObject(
  bucket: CosBucket,
  key: string,
  options: ReadOptions,
): Promise<StoredObject | null> {
  const { data, error } = await send(bucket.client.getObject(readRequest(bucket, key, options)));
  if (error === null) return { info: describe(key, data), bytes: data.Body as Buffer };
  if (isAbsent(error)) return null;
  throw storeError(error, 'getObject', key);
}

/** The object, or the version of it that was asked for, is not there. A missing bucket is an error. */
export function isAbsent(error: { statusCode?: number; code: string }): boolean {
  return error.statusCode === 412 || (error.statusCode === 404 && error.code !== 'NoSuchBucket');
}

export function readRequest({ name }: CosBucket, key: string, options: ReadOptions): S3.GetObjectRequest {
  const { ifMatch, range } = options;
  return {
    Bucket: name,
    Key: key,
    ...(ifMatch === undefined ? {} : { IfMatch: quote(ifMatch) }),
    ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }),
  };
}

/** What the headers of an answer tell of the whole object, also when it carries only a range of it. */
export function describe(
  key: string,
  headers: { ETag?: string; ContentLength?: number; ContentRange?: string; LastModified?: Date },
): ObjectInfo {
  const whole = headers.ContentRange?.split('/')[1];
  return {
    key,
    etag: unquote(headers.ETag ?? ''),
    size: whole === undefined ? (headers.ContentLength ?? 0) : Number(whole),
    lastModified: headers.LastModified ?? new Date(0),
  };
}

export function quote(etag: string): string {
  return `"${etag}"`;
}

export function unquote(etag: string): string {
  return etag.replaceAll('"', '');
}
