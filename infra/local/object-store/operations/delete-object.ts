import { judgeWrite, readConditions } from '../protocol/conditions.ts';
import { childText, readXml } from '../protocol/read-xml.ts';
import { type Reply, xmlReply } from '../protocol/reply.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, resultDocument } from '../protocol/xml.ts';
import type { Bucket } from '../storage/bucket.ts';
import { bucketOf, type Exchange, keyOf } from './operation.ts';
import { receiveDocument } from './receive-document.ts';

/** 1,000 keys of 1,024 bytes, escaped. */
const largestDocument = 8 * 1024 * 1024;
/** Amazon S3 API Reference, "DeleteObjects". */
const mostKeys = 1000;

export async function deleteObject(exchange: Exchange): Promise<Reply> {
  const bucket = bucketOf(exchange);
  const key = keyOf(exchange);
  judgeWrite(readConditions(exchange.request.headers), bucket.find(key));
  await removeAll(exchange, bucket, [key]);
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

/** Removes what is there, waits until that is durable, and gives notice. What is not there is no error. */
async function removeAll(exchange: Exchange, bucket: Bucket, keys: readonly string[]): Promise<void> {
  const present = [...new Set(keys)].filter((key) => bucket.find(key) !== undefined);
  for (const key of present) bucket.remove(key);
  await bucket.sync();
  const time = new Date();
  for (const key of present) {
    exchange.notify({
      operation: 'delete',
      bucket: bucket.record.name,
      key,
      etag: null,
      size: null,
      contentType: null,
      requestId: exchange.request.requestId,
      time,
    });
  }
}
