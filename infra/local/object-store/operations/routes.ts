import type { S3Request } from '../protocol/s3-request.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
  listBucketsExtended,
} from './bucket-operations.ts';
import { completeUpload } from './complete-upload.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-object.ts';
import { listObjectsV1, listObjectsV2 } from './list-objects.ts';
import { listParts, listUploads } from './list-uploads.ts';
import { getObjectTagging } from './object-tags.ts';
import type { Operation } from './operation.ts';
import { overrides, readObject } from './read-object.ts';
import { abortUpload, createUpload, uploadPart, uploadPartCopy } from './upload.ts';
import { putObject } from './write-object.ts';

/** One operation of the S3 API and how it is recognised. */
export interface Route {
  readonly operation: Operation;
  readonly method: string;
  readonly of: 'service' | 'bucket' | 'object';
  /** Query parameters that tell it from others of the same method. */
  readonly marked?: readonly string[];
  /** Told from others by `x-amz-copy-source`. */
  readonly copies?: boolean;
  /** Query parameters that it may have besides. */
  readonly takes?: readonly string[];
}

const listing = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];
const part = ['partNumber', 'uploadId'];

/** The more specific first. */
export const routes: readonly Route[] = [
  {
    method: 'GET',
    of: 'object',
    operation: listParts,
    marked: ['uploadId'],
    takes: ['max-parts', 'part-number-marker', 'encoding-type'],
  },
  { method: 'GET', of: 'object', operation: getObjectTagging, marked: ['tagging'] },
  { method: 'GET', of: 'object', operation: readObject, takes: overrides },
  { method: 'HEAD', of: 'object', operation: readObject, takes: overrides },
  { method: 'PUT', of: 'object', operation: uploadPartCopy, marked: part, copies: true },
  { method: 'PUT', of: 'object', operation: uploadPart, marked: part },
  { method: 'PUT', of: 'object', operation: copyObject, copies: true },
  { method: 'PUT', of: 'object', operation: putObject },
  { method: 'POST', of: 'object', operation: createUpload, marked: ['uploads'] },
  { method: 'POST', of: 'object', operation: completeUpload, marked: ['uploadId'] },
  { method: 'DELETE', of: 'object', operation: abortUpload, marked: ['uploadId'] },
  { method: 'DELETE', of: 'object', operation: deleteObject },
  {
    method: 'GET',
    of: 'bucket',
    operation: listObjectsV2,
    marked: ['list-type'],
    takes: [...listing, 'continuation-token', 'start-after', 'fetch-owner'],
  },
  { method: 'GET', of: 'bucket', operation: getBucketLocation, marked: ['location'] },
  {
    method: 'GET',
    of: 'bucket',
    operation: listUploads,
    marked: ['uploads'],
    takes: ['prefix', 'key-marker', 'upload-id-marker', 'max-uploads', 'encoding-type'],
  },
  { method: 'GET', of: 'bucket', operation: listObjectsV1, takes: [...listing, 'marker'] },
  { method: 'HEAD', of: 'bucket', operation: headBucket },
  { method: 'PUT', of: 'bucket', operation: createBucket },
  { method: 'DELETE', of: 'bucket', operation: deleteBucket },
  { method: 'POST', of: 'bucket', operation: deleteObjects, marked: ['delete'] },
  {
    method: 'GET',
    of: 'service',
    operation: listBucketsExtended,
    marked: ['extended'],
    takes: ['prefix', 'marker', 'max-keys'],
  },
  { method: 'GET', of: 'service', operation: listBuckets },
];

export function addresses(request: S3Request): Route['of'] {
  if (request.key !== null) return 'object';
  return request.bucket === null ? 'service' : 'bucket';
}
