import { type Conditions, judgeWrite, readConditions } from '../protocol/conditions.ts';
import { childText, readXml } from '../protocol/read-xml.ts';
import { type Reply, xmlReply } from '../protocol/reply.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, resultDocument } from '../protocol/xml.ts';
import type { Bucket } from '../storage/bucket.ts';
import { type AnnouncedNotice, bucketOf, type Exchange, keyOf, type ObjectNotice } from './operation.ts';
import { receiveDocument } from './receive-document.ts';

/** 1,000 keys of 1,024 bytes, escaped. */
const largestDocument = 8 * 1024 * 1024;
/** Amazon S3 API Reference, "DeleteObjects". */
const mostKeys = 1000;

export async function deleteObject(exchange: Exchange): Promise<Reply> {
  const bucket = bucketOf(exchange);
  const key = keyOf(exchange);
  const conditions = readConditions(exchange.request.headers);
  judgeWrite(conditions, bucket.find(key));
  await removeAll(exchange, bucket, [key], conditions);
  return { status: 204 };
}

export async function deleteObjects(exchange: Exchange): Promise<Reply> {
  const bucket = bucketOf(exchange);
  const document = readXml(await receiveDocument(exchange, largestDocument));
  const objects = document.children.filter(({ name }) => name === 'Object');
  if (document.name !== 'Delete' || objects.length === 0 || objects.length > mostKeys) {
    throw new S3Error('MalformedXML', `Delete must name 1 to ${mostKeys} objects.`);
  }
  const keys = objects.map((object) => {
    const unknown = object.children.find(({ name }) => name !== 'Key');
    if (unknown !== undefined)
      throw new S3Error('NotImplemented', `${unknown.name} in Delete is not implemented.`);
    const key = childText(object, 'Key') ?? '';
    if (key === '') throw new S3Error('MalformedXML', 'An object to delete has no key.');
    return key;
  });
  bucket.assertPresent();
  await removeAll(exchange, bucket, keys);
  const quiet = childText(document, 'Quiet') === 'true';
  const deleted = keys.map((key) => `<Deleted>${element('Key', key)}</Deleted>`);
  return xmlReply(resultDocument('DeleteResult', quiet ? '' : deleted.join('')));
}

/**
 * Announces the removals, removes what is there if the conditions still hold, waits until that is durable, and sends
 * the notices. What is not there is no error.
 */
async function removeAll(
  exchange: Exchange,
  bucket: Bucket,
  keys: readonly string[],
  conditions: Conditions | null = null,
): Promise<void> {
  const present = [...new Set(keys)].filter((key) => bucket.find(key) !== undefined);
  const outcomes = await Promise.allSettled(
    present.map(async (key) => ({
      key,
      announced: await exchange.outlet.announce(noticeOfRemoval(exchange, bucket, key)),
    })),
  );
  const announced = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const removed = new Set<AnnouncedNotice>();
  try {
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    bucket.assertPresent();
    // Others may have changed or removed the objects meanwhile.
    if (conditions !== null) judgeWrite(conditions, bucket.find(keys[0]!));
    for (const { key, announced: notice } of announced) {
      if (bucket.find(key) === undefined) continue;
      bucket.remove(key);
      removed.add(notice);
    }
    await bucket.sync();
  } finally {
    for (const { announced: notice } of announced) {
      if (removed.has(notice)) notice.send();
      else notice.withdraw();
    }
  }
}

function noticeOfRemoval({ request }: Exchange, bucket: Bucket, key: string): ObjectNotice {
  return {
    operation: 'delete',
    bucket: bucket.record.name,
    key,
    etag: null,
    size: null,
    contentType: null,
    requestId: request.requestId,
    time: new Date(),
  };
}
