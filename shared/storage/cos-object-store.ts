import { createCosClient } from './cos-client.ts';
import { storeError } from './cos-errors.ts';
import { listObjects } from './cos-list.ts';
import { largestSinglePut, putInParts } from './cos-multipart.ts';
import { type CosBucket, getObject, headObject } from './cos-read.ts';
import { send } from './cos-request.ts';
import type { CosSettings } from './cos-settings.ts';
import { streamObject } from './cos-stream.ts';
import { putObject } from './cos-write.ts';
import type { ObjectStore } from './object-store.ts';

export type { CosSettings } from './cos-settings.ts';

/**
 * A bucket of IBM Cloud Object Storage, or of a store that speaks the same protocol, as `ObjectStore`. Requests are
 * repeated after network errors and 5xx; `stream` goes on where a connection was lost; objects above 64 MiB are
 * written in parts. Opening sends nothing. The only door to `ibm-cos-sdk`, whose version 1 ends support in August 2027.
 */
export function openCosObjectStore(settings: CosSettings): ObjectStore {
  const bucket: CosBucket = {
    client: createCosClient(settings),
    name: settings.bucket,
    ifMatch: { spelling: 'quoted' },
  };
  return {
    head: (key) => headObject(bucket, key),
    get: (key, options = {}) => getObject(bucket, key, options),
    stream: (key, options = {}) => streamObject(bucket, key, options),
    async put(key, bytes, options = {}) {
      if (bytes.length > largestSinglePut) return putInParts(bucket, key, bytes, options);
      const whole = bytes instanceof Uint8Array ? bytes : await bytes.read(0, bytes.length);
      return putObject(bucket, key, whole, options);
    },
    async delete(key) {
      const { error } = await send(bucket.client.deleteObject({ Bucket: bucket.name, Key: key }));
      if (error !== null && (error.statusCode !== 404 || error.code === 'NoSuchBucket')) {
        throw storeError(error, 'deleteObject', key);
      }
    },
    list: (prefix) => listObjects(bucket, prefix),
  };
}
