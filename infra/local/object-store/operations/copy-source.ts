import { createHash } from 'node:crypto';
import { createReadStream, openSync } from 'node:fs';
import { type Checksum, type ChecksumAlgorithm, startChecksum } from '../body/checksum.ts';
import { type ByteRange, parseByteRange } from '../protocol/byte-range.ts';
import { judgeRead, readConditions } from '../protocol/conditions.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { header } from '../protocol/s3-request.ts';
import { decodeEscapes } from '../protocol/uri.ts';
import type { Draft } from '../storage/draft.ts';
import type { ObjectRecord } from '../storage/object-record.ts';
import type { Exchange } from './operation.ts';

const copyPiece = 1024 * 1024;

/** What to copy: `copyInto` in the same turn of the event loop copies this version. */
export interface CopySource {
  readonly record: ObjectRecord;
  readonly path: string;
  readonly range: ByteRange | null;
}

/**
 * The object that `x-amz-copy-source` names, and the bytes of it that `x-amz-copy-source-range` names.
 *
 * @throws S3Error NoSuchBucket, NoSuchKey, PreconditionFailed, InvalidArgument, NotImplemented
 */
export function findCopySource({ request, state }: Pick<Exchange, 'request' | 'state'>): CopySource {
  const [address = '', version] = (header(request, 'x-amz-copy-source') ?? '').split('?');
  if (version !== undefined) throw new S3Error('NotImplemented', 'Versions are not implemented.');
  const path = decodeEscapes(address).replace(/^\//, '');
  const slash = path.indexOf('/');
  if (slash < 1 || slash === path.length - 1) {
    throw new S3Error('InvalidArgument', 'The copy source must be bucket/key.');
  }
  const bucket = state.bucket(path.slice(0, slash));
  const record = bucket.find(path.slice(slash + 1));
  if (record === undefined) throw new S3Error('NoSuchKey', 'The copy source does not exist.');
  const verdict = judgeRead(readConditions(request.headers, 'x-amz-copy-source-'), record);
  if (verdict === 'not-modified')
    throw new S3Error('PreconditionFailed', 'The copy source is not as required.');
  const rangeText = header(request, 'x-amz-copy-source-range');
  const range = parseByteRange(rangeText, record.size);
  if (rangeText !== null && range === null) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last',
    );
  }
  return { record, range, path: bucket.pathOf(record.key) };
}

/** Copies the source into a draft, which it discards when that fails. */
export async function copyInto(
  draft: Draft,
  { record, path, range }: CopySource,
  algorithm: ChecksumAlgorithm | null,
): Promise<{ readonly etag: string; readonly checksum: Checksum | null }> {
  const { start, end } = range ?? { start: 0, end: record.size - 1 };
  const md5 = createHash('md5');
  const checksum = algorithm === null ? null : startChecksum(algorithm);
  try {
    for await (const chunk of end < start ? [] : contentOf(path, start, end)) {
      md5.update(chunk);
      checksum?.update(chunk);
      await draft.append(chunk);
    }
  } catch (error) {
    draft.discard();
    throw error;
  }
  const etag = md5.digest('hex');
  if (checksum === null || algorithm === null) return { etag, checksum: null };
  return { etag, checksum: { algorithm, value: checksum.digest().toString('base64'), type: 'FULL_OBJECT' } };
}

/** The bytes `start` to `end`, both inclusive, of a file as it is now: it is opened before this returns. */
export function contentOf(path: string, start: number, end: number): AsyncIterable<Buffer> {
  return createReadStream('', { fd: openSync(path, 'r'), start, end, highWaterMark: copyPiece });
}
