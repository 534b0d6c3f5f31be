import { childText, readXml } from '../protocol/read-xml.ts';
import { type Reply, xmlReply } from '../protocol/reply.ts';
import { element, escapeXml, resultDocument, S3_NAMESPACE, xmlDocument } from '../protocol/xml.ts';
import { ownerElement } from './list-objects.ts';
import { bucketOf, type Exchange } from './operation.ts';
import { receiveDocument } from './receive-document.ts';

const largestDocument = 64 * 1024;

export function listBuckets({ state }: Exchange): Reply {
  const buckets = state.buckets().map(({ record }) => {
    const created = new Date(record.created).toISOString();
    return `<Bucket>${element('Name', record.name)}${element('CreationDate', created)}</Bucket>`;
  });
  return xmlReply(
    resultDocument('ListAllMyBucketsResult', `${ownerElement}<Buckets>${buckets.join('')}</Buckets>`),
  );
}

export async function createBucket(exchange: Exchange): Promise<Reply> {
  const { headers } = exchange.request;
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  const document = hasBody ? await receiveDocument(exchange, largestDocument) : '';
  const location = document.trim() === '' ? null : childText(readXml(document), 'LocationConstraint');
  const name = exchange.request.bucket ?? '';
  exchange.state.createBucket(name, location ?? '');
  return { status: 200, headers: { location: `/${name}` } };
}

export function headBucket(exchange: Exchange): Reply {
  bucketOf(exchange);
  return { status: 200 };
}

export async function deleteBucket(exchange: Exchange): Promise<Reply> {
  await exchange.state.deleteBucket(bucketOf(exchange).record.name);
  return { status: 204 };
}

export function getBucketLocation(exchange: Exchange): Reply {
  const location = escapeXml(bucketOf(exchange).record.location);
  return xmlReply(
    xmlDocument(`<LocationConstraint xmlns="${S3_NAMESPACE}">${location}</LocationConstraint>`),
  );
}
