import { createHash } from 'node:crypto';
import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { sendConditionally } from './cos-conditional.ts';
import { storeError } from './cos-errors.ts';
import { type CosBucket, headObject, unquote } from './cos-read.ts';
import { send } from './cos-request.ts';
import { absenceCondition, conditionHolds, defaultContentType, isConditionLost } from './cos-write.ts';
import type { RangedBytes, WriteOptions, WriteResult } from './object-store.ts';

/** Larger objects go up in parts, so that a lost connection costs one part and not all. Bytes. */
export const largestSinglePut = 64 * 1024 * 1024;
export const partSize = 16 * 1024 * 1024;
const partsAtOnce = 4;

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

/** Writes a large object in parts. The object appears, whole, with the last request, which bears the condition. */
export async function putInParts(
  bucket: CosBucket,
  key: string,
  bytes: Uint8Array | RangedBytes,
  options: WriteOptions,
): Promise<WriteResult> {
  if (!(await conditionHolds(bucket, key, options))) return { written: false };
  const upload = await begin(bucket, key, options);
  try {
    const parts = await uploadParts(bucket, upload, bytes);
    const result = await complete(bucket, upload, parts, options);
    if (!result.written) await abort(bucket, upload);
    return result;
  } catch (error) {
    await abort(bucket, upload);
    throw error;
  }
}

async function begin(bucket: CosBucket, key: string, options: WriteOptions): Promise<Upload> {
  const { data, error } = await send(
    bucket.client.createMultipartUpload({
      Bucket: bucket.name,
      Key: key,
      ContentType: options.contentType ?? defaultContentType,
    }),
  );
  if (error !== null) throw storeError(error, 'createMultipartUpload', key);
  return { Bucket: bucket.name, Key: key, UploadId: data.UploadId ?? '' };
}

async function uploadParts(
  { client }: CosBucket,
  upload: Upload,
  bytes: Uint8Array | RangedBytes,
): Promise<readonly S3.CompletedPart[]> {
  const count = Math.ceil(bytes.length / partSize);
  const parts: S3.CompletedPart[] = new Array(count);
  let next = 0;
  const uploadNext = async () => {
    while (next < count) {
      const index = next++;
      const start = index * partSize;
      const end = Math.min(bytes.length, start + partSize);
      const part = bytes instanceof Uint8Array ? bytes.subarray(start, end) : await bytes.read(start, end);
      const Body = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
      const { data, error } = await send(client.uploadPart({ ...upload, PartNumber: index + 1, Body }));
      if (error !== null) {
        next = count;
        throw storeError(error, 'uploadPart', upload.Key);
      }
      parts[index] = { PartNumber: index + 1, ETag: data.ETag ?? '' };
    }
  };
  const uploaders = await Promise.allSettled(Array.from({ length: partsAtOnce }, uploadNext));
  for (const uploader of uploaders) if (uploader.status === 'rejected') throw uploader.reason;
  return parts;
}

async function complete(
  bucket: CosBucket,
  upload: Upload,
  parts: readonly S3.CompletedPart[],
  options: WriteOptions,
): Promise<WriteResult> {
  const { data, error, retried } = await sendConditionally(bucket, upload.Key, options, () =>
    bucket.client.completeMultipartUpload({
      ...upload,
      MultipartUpload: { Parts: [...parts] },
      ...absenceCondition(options),
    }),
  );
  const etag = unquote(data?.ETag ?? '');
  if (etag !== '') return { written: true, etag };
  if (error !== null && !retried) {
    if (isConditionLost(error, options) && error.code !== 'NoSuchUpload') return { written: false };
    throw storeError(error, 'completeMultipartUpload', upload.Key);
  }
  // Either the answer names no ETag (Ceph), or the attempt before may have been ours and only its answer lost.
  const found = await headObject(bucket, upload.Key);
  if (found !== null && (error === null || found.etag === etagOf(parts)))
    return { written: true, etag: found.etag };
  if (error === null || isConditionLost(error, options)) return { written: false };
  throw storeError(error, 'completeMultipartUpload', upload.Key);
}

/** How S3 makes the ETag of a multipart object: the MD5 of the parts' MD5s, and how many there are. */
function etagOf(parts: readonly S3.CompletedPart[]): string {
  const md5 = createHash('md5');
  for (const { ETag } of parts) md5.update(unquote(ETag ?? ''), 'hex');
  return `${md5.digest('hex')}-${parts.length}`;
}

/** Best effort: the store keeps the parts, and bills them, until then or until its lifecycle rule takes them. */
async function abort({ client }: CosBucket, upload: Upload): Promise<void> {
  await send(client.abortMultipartUpload({ ...upload }));
}
