import { quoted } from '../protocol/entity-tag.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { header, type S3Request } from '../protocol/s3-request.ts';
import type { ObjectRecord } from '../storage/object-record.ts';

const kept = ['cache-control', 'content-disposition', 'content-language', 'expires'] as const;
const metadataPrefix = 'x-amz-meta-';
/** Amazon S3 User Guide, "Working with object metadata": 2 KB of user-defined metadata. */
const largestMetadata = 2048;

const defaultContentType = 'application/octet-stream';

/** The headers of a write that come back with the object. @throws S3Error MetadataTooLarge */
export function storedHeaders(request: S3Request): Record<string, string> {
  const stored: Record<string, string> = {
    'content-type': header(request, 'content-type') ?? defaultContentType,
  };
  for (const name of kept) {
    const value = header(request, name);
    if (value !== null) stored[name] = value;
  }
  const encoding = contentEncoding(request);
  if (encoding !== '') stored['content-encoding'] = encoding;
  let metadataSize = 0;
  for (const name of Object.keys(request.headers)) {
    if (!name.startsWith(metadataPrefix)) continue;
    const value = header(request, name) ?? '';
    metadataSize += name.length - metadataPrefix.length + value.length;
    stored[name] = value;
  }
  if (metadataSize > largestMetadata) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size');
  }
  return stored;
}

/** `aws-chunked` is how the body came, not what the object is. */
function contentEncoding(request: S3Request): string {
  return (header(request, 'content-encoding') ?? '')
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding.toLowerCase() !== 'aws-chunked')
    .join(',');
}

/** The headers that GET, HEAD and a `304` send of an object. */
export function describeObject(record: ObjectRecord, withChecksum: boolean): Record<string, string | number> {
  const headers: Record<string, string | number> = {
    ...record.headers,
    etag: quoted(record.etag),
    'last-modified': new Date(record.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
  };
  if (withChecksum && record.checksum !== null) {
    headers[`x-amz-checksum-${record.checksum.algorithm}`] = record.checksum.value;
    headers['x-amz-checksum-type'] = record.checksum.type;
  }
  return headers;
}
