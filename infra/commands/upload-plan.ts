import { createHash } from 'node:crypto';
import type { ObjectInfo } from '../../shared/storage/object-store.ts';

/** Bytes of a part of a large object, and above which size it has parts: as the store adapter writes them. */
export interface PartSizes {
  readonly partSize: number;
  readonly largestSinglePut: number;
}

/** ETag that an upload of these bytes gets: MD5, or for parts the MD5 of their MD5s and their number. */
export function etagOf(bytes: Uint8Array, { partSize, largestSinglePut }: PartSizes): string {
  const md5 = (data: Uint8Array) => createHash('md5').update(data).digest();
  if (bytes.length <= largestSinglePut) return md5(bytes).toString('hex');
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += partSize) parts.push(md5(bytes.subarray(at, at + partSize)));
  return `${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}`;
}

/** Whether the bucket has these bytes under the key already. */
export function isThere(present: ObjectInfo | undefined, bytes: Uint8Array, sizes: PartSizes): boolean {
  return present !== undefined && present.size === bytes.length && present.etag === etagOf(bytes, sizes);
}
