import { createHash } from 'node:crypto';
import type { ObjectInfo, RangedBytes } from '../../shared/storage/object-store.ts';

/** Bytes of a part of a large object, and above which size it has parts: as the store adapter writes them. */
export interface PartSizes {
  readonly partSize: number;
  readonly largestSinglePut: number;
}

type Content = Uint8Array | RangedBytes;

/** ETag that an upload of this content gets: MD5, or for parts the MD5 of their MD5s and their number. */
export async function etagOf(content: Content, { partSize, largestSinglePut }: PartSizes): Promise<string> {
  const { length } = content;
  if (length <= largestSinglePut) return md5(await slice(content, 0, length)).toString('hex');
  const parts: Buffer[] = [];
  for (let at = 0; at < length; at += partSize) {
    parts.push(md5(await slice(content, at, Math.min(length, at + partSize))));
  }
  return `${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}`;
}

const md5 = (data: Uint8Array) => createHash('md5').update(data).digest();

const slice = async (content: Content, start: number, end: number) =>
  content instanceof Uint8Array ? content.subarray(start, end) : content.read(start, end);

/** Whether the bucket has these bytes under the key already; content is looked at only when the size is right. */
export async function isThere(
  present: ObjectInfo | undefined,
  content: Content,
  sizes: PartSizes,
): Promise<boolean> {
  if (present === undefined || present.size !== content.length) return false;
  return present.etag === (await etagOf(content, sizes));
}
