import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { validateHeaderValue } from 'node:http';
import type { Readable } from 'node:stream';
import { EarshotError } from '../../../../shared/errors/earshot-error.ts';
import { type ByteRange, parseByteRange } from '../protocol/byte-range.ts';
import { judgeRead, readConditions } from '../protocol/conditions.ts';
import { parseEntityTags } from '../protocol/entity-tag.ts';
import type { Reply } from '../protocol/reply.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { header, type S3Request } from '../protocol/s3-request.ts';
import type { Bucket } from '../storage/bucket.ts';
import type { ObjectRecord } from '../storage/object-record.ts';
import { describeObject } from './object-headers.ts';
import { bucketOf, type Exchange, keyOf } from './operation.ts';

/** Up to here content is read in one piece. */
const inOneRead = 256 * 1024;
const streamPiece = 512 * 1024;

/** GET and HEAD of an object. */
export function readObject(exchange: Exchange): Reply {
  const { request } = exchange;
  const bucket = bucketOf(exchange);
  const record = bucket.find(keyOf(exchange));
  if (record === undefined) {
    throw new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: keyOf(exchange) });
  }
  const withChecksum = header(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  if (judgeRead(readConditions(request.headers), record) === 'not-modified') {
    return { status: 304, headers: describeObject(record, withChecksum) };
  }
  const range = requestedRange(request, record);
  const headers = {
    // A checksum of the whole object would not fit a part of it.
    ...describeObject(record, withChecksum && range === null),
    ...overriddenHeaders(request),
    'content-length': range === null ? record.size : range.end - range.start + 1,
    ...(range === null ? {} : { 'content-range': `bytes ${range.start}-${range.end}/${record.size}` }),
  };
  const status = range === null ? 200 : 206;
  if (request.method === 'HEAD' || record.size === 0) return { status, headers };
  return { status, headers, body: readContent(bucket, record, range ?? { start: 0, end: record.size - 1 }) };
}

/** Opens the file in the same turn as the look-up, so what is sent is the version that was found. */
function readContent(bucket: Bucket, record: ObjectRecord, { start, end }: ByteRange): Buffer | Readable {
  const path = bucket.pathOf(record.key);
  const descriptor = openSync(path, 'r');
  if (end - start >= inOneRead) {
    return createReadStream('', { fd: descriptor, start, end, highWaterMark: streamPiece });
  }
  try {
    const content = Buffer.allocUnsafe(end - start + 1);
    const count = readSync(descriptor, content, 0, content.length, start);
    if (count !== content.length) {
      throw new EarshotError('STATE_DAMAGED', {
        file: path,
        received: `${count} of ${content.length} bytes`,
      });
    }
    return content;
  } finally {
    closeSync(descriptor);
  }
}

/** `If-Range` (RFC 9110, section 13.1.5): the range counts only for the version that it names. */
function requestedRange(request: S3Request, record: ObjectRecord): ByteRange | null {
  const ifRange = header(request, 'if-range');
  if (ifRange !== null) {
    const date = Date.parse(ifRange);
    const sameTag = parseEntityTags(ifRange).includes(record.etag);
    const sameDate = new Date(record.lastModified).toUTCString() === new Date(date || 0).toUTCString();
    if (!sameTag && !sameDate) return null;
  }
  return parseByteRange(header(request, 'range'), record.size);
}

/** The query parameters that replace a header of the answer. */
export const overrides = [
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
] as const;

function overriddenHeaders(request: S3Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of overrides) {
    const value = request.query.get(name);
    if (value === undefined) continue;
    const target = name.slice('response-'.length);
    headers[target] = sendable(target, value);
  }
  return headers;
}

function sendable(name: string, value: string): string {
  try {
    validateHeaderValue(name, value);
    return value;
  } catch {
    throw new S3Error('InvalidArgument', `The value of response-${name} cannot be sent in a header.`);
  }
}
