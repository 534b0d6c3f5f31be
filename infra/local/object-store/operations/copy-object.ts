import { judgeWrite, readConditions } from '../protocol/conditions.ts';
import { quoted } from '../protocol/entity-tag.ts';
import { type Reply, xmlReply } from '../protocol/reply.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { header, type S3Request } from '../protocol/s3-request.ts';
import { element, resultDocument } from '../protocol/xml.ts';
import type { ObjectRecord } from '../storage/object-record.ts';
import { copyInto, findCopySource } from './copy-source.ts';
import { storedHeaders } from './object-headers.ts';
import { bucketOf, type Exchange, keyOf } from './operation.ts';
import { commitObject } from './write-object.ts';

export async function copyObject(exchange: Exchange): Promise<Reply> {
  const { request, state } = exchange;
  const bucket = bucketOf(exchange);
  const key = keyOf(exchange);
  const conditions = readConditions(request.headers);
  judgeWrite(conditions, bucket.find(key));
  const replaced = replacedHeaders(request);
  const source = findCopySource(exchange);
  if (source.range !== null) throw new S3Error('NotImplemented', 'CopyObject copies whole objects.');
  if (replaced === null && source.record === bucket.find(key)) {
    throw new S3Error('InvalidRequest', 'An object can be copied onto itself only with other metadata.');
  }
  const draft = state.draft();
  const copied = await copyInto(draft, source, source.record.checksum?.algorithm ?? null);
  const record: ObjectRecord = {
    key,
    etag: copied.etag,
    size: draft.size,
    lastModified: Date.now(),
    headers: replaced ?? source.record.headers,
    checksum: copied.checksum,
  };
  await commitObject(exchange, bucket, record, draft, conditions);
  return xmlReply(resultDocument('CopyObjectResult', copyResult(record)));
}

/** What CopyObject and UploadPartCopy answer. */
export function copyResult(record: Pick<ObjectRecord, 'etag' | 'lastModified'>): string {
  const time = new Date(record.lastModified).toISOString();
  return element('LastModified', time) + element('ETag', quoted(record.etag));
}

/** The headers of the copy, or null to take those of the source. @throws S3Error InvalidArgument */
function replacedHeaders(request: S3Request): Record<string, string> | null {
  const directive = header(request, 'x-amz-metadata-directive')?.toUpperCase() ?? 'COPY';
  if (directive === 'COPY') return null;
  if (directive === 'REPLACE') return storedHeaders(request);
  throw new S3Error('InvalidArgument', 'Unknown metadata directive.');
}
