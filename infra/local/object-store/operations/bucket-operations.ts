import { childText, readXml } from '../protocol/read-xml.ts';
import { type Reply, xmlReply } from '../protocol/reply.ts';
import { element, escapeXml, resultDocument, S3_NAMESPACE, xmlDocument } from '../protocol/xml.ts';
import type { BucketRecord } from '../storage/bucket.ts';
import { ownerElement } from './list-objects.ts';
import { countParameter } from './list-parameters.ts';
import { bucketOf, type Exchange } from './operation.ts';
import { receiveDocument } from './receive-document.ts';

const largestDocument = 64 * 1024;

export function listBuckets({ state }: Exchange): Reply {
  const buckets = state.buckets().map(({ record }) => describe(record));
  return xmlReply(
    resultDocument('ListAllMyBucketsResult', `${ownerElement}<Buckets>${buckets.join('')}</Buckets>`),
  );
}

/** ListBucketsExtended of IBM COS: with locations, by prefix, in pages. */
export function listBucketsExtended({ state, request: { query } }: Exchange): Reply {
  const prefix = query.get('prefix') ?? '';
  const marker = query.get('marker') ?? '';
  const limit = countParameter(query, 'max-keys');
  const all = state
    .buckets()
    .map(({ record }) => record)
    .filter(({ name }) => name.startsWith(prefix) && name > marker);
  const page = all.slice(0, limit);
  const truncated = limit > 0 && all.length > page.length;
  const fields = [
    ownerElement,
    element('IsTruncated', truncated),
    element('MaxKeys', limit),
    element('Prefix', prefix),
    element('Marker', marker),
    truncated ? element('NextMarker', page.at(-1)?.name ?? '') : '',
    `<Buckets>${page.map((record) => describe(record, element('LocationConstraint', record.location))).join('')}</Buckets>`,
  ];
  return xmlReply(resultDocument('ListAllMyBucketsResult', fields.join('')));
}

function describe({ name, created }: BucketRecord, more = ''): string {
  const time = new Date(created).toISOString();
  return `<Bucket>${element('Name', name)}${element('CreationDate', time)}${more}</Bucket>`;
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
