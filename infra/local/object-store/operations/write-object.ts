import { type BodyDigests, BodyIntegrity } from '../body/body-integrity.ts';
import type { ChecksumAlgorithm } from '../body/checksum.ts';
import { type Conditions, judgeWrite, readConditions } from '../protocol/conditions.ts';
import { quoted } from '../protocol/entity-tag.ts';
import type { Reply } from '../protocol/reply.ts';
import type { Bucket } from '../storage/bucket.ts';
import type { Draft } from '../storage/draft.ts';
import type { ObjectRecord } from '../storage/object-record.ts';
import { storedHeaders } from './object-headers.ts';
import { bucketOf, type Exchange, keyOf, type ObjectNotice } from './operation.ts';

/** Takes the body into a draft and holds it against what the client claims of it. */
export async function receiveDraft(
  exchange: Exchange,
  compute: ChecksumAlgorithm | null,
): Promise<{ readonly draft: Draft; readonly digests: BodyDigests }> {
  const { request, authentication, state } = exchange;
  const integrity = new BodyIntegrity(request, authentication.payloadHash, { compute });
  const body = exchange.openBody();
  const draft = state.draft();
  try {
    for await (const chunk of body.chunks) {
      integrity.update(chunk);
      await draft.append(chunk);
    }
    return { draft, digests: integrity.finish(body.trailers) };
  } catch (error) {
    draft.discard();
    throw error;
  }
}

/**
 * Announces the write, puts the object in its place if the conditions still hold, waits until that is durable, and
 * sends the notice.
 *
 * @throws S3Error PreconditionFailed, NoSuchKey, NoSuchBucket
 */
export async function commitObject(
  exchange: Exchange,
  bucket: Bucket,
  record: ObjectRecord,
  draft: Draft,
  conditions: Conditions,
): Promise<void> {
  // Side by side: both wait for the disk.
  const [sealed, announcement] = await Promise.allSettled([
    draft.seal(record),
    exchange.outlet.announce(noticeOfWrite(exchange, bucket, record)),
  ]);
  const announced = announcement.status === 'fulfilled' ? announcement.value : null;
  try {
    for (const part of [sealed, announcement]) if (part.status === 'rejected') throw part.reason;
    bucket.assertPresent();
    judgeWrite(conditions, bucket.find(record.key));
    bucket.commit(record, draft);
  } catch (error) {
    announced?.withdraw();
    throw error;
  } finally {
    draft.discard();
  }
  try {
    await bucket.sync();
  } finally {
    // The object is seen even when nobody knows whether it will last.
    announced?.send();
  }
}

function noticeOfWrite({ request }: Exchange, bucket: Bucket, record: ObjectRecord): ObjectNotice {
  return {
    operation: 'write',
    bucket: bucket.record.name,
    key: record.key,
    etag: record.etag,
    size: record.size,
    contentType: record.headers['content-type'] ?? null,
    requestId: request.requestId,
    time: new Date(record.lastModified),
  };
}

export async function putObject(exchange: Exchange): Promise<Reply> {
  const bucket = bucketOf(exchange);
  const key = keyOf(exchange);
  const { request } = exchange;
  const conditions = readConditions(request.headers);
  const headers = storedHeaders(request);
  // Held again at the commit; here it spares a lost race its upload.
  judgeWrite(conditions, bucket.find(key));
  const { draft, digests } = await receiveDraft(exchange, null);
  const record: ObjectRecord = {
    key,
    etag: digests.md5.toString('hex'),
    size: draft.size,
    lastModified: Date.now(),
    headers,
    checksum: digests.checksum,
  };
  await commitObject(exchange, bucket, record, draft, conditions);
  return { status: 200, headers: { etag: quoted(record.etag), ...checksumHeaders(record) } };
}

/** What a write answers of the checksum it verified. */
export function checksumHeaders(record: Pick<ObjectRecord, 'checksum'>): Record<string, string> {
  const { checksum } = record;
  if (checksum === null) return {};
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': checksum.type };
}
