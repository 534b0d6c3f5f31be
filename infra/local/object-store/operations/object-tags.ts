import { type Reply, xmlReply } from '../protocol/reply.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { resultDocument } from '../protocol/xml.ts';
import { bucketOf, type Exchange, keyOf } from './operation.ts';

/** GetObjectTagging. No object has tags, as the server refuses to set them; the AWS CLI asks before it copies. */
export function getObjectTagging(exchange: Exchange): Reply {
  if (bucketOf(exchange).find(keyOf(exchange)) === undefined) {
    throw new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: keyOf(exchange) });
  }
  return xmlReply(resultDocument('Tagging', '<TagSet></TagSet>'));
}
