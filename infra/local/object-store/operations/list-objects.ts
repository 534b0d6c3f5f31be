import { wholeSeconds } from '../protocol/conditions.ts';
import { quoted } from '../protocol/entity-tag.ts';
import { type Reply, xmlReply } from '../protocol/reply.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { encodePath } from '../protocol/uri.ts';
import { element, resultDocument } from '../protocol/xml.ts';
import { afterMarker, type Listing, listPage } from '../storage/listing.ts';
import { countParameter, encodingOf } from './list-parameters.ts';
import { bucketOf, type Exchange } from './operation.ts';

/** ListObjects, version 2. */
export function listObjectsV2(exchange: Exchange): Reply {
  const { query } = exchange.request;
  if (query.get('list-type') !== '2') throw new S3Error('InvalidArgument', 'Only list-type=2 is known.');
  const common = readCommon(exchange);
  const token = query.get('continuation-token') ?? null;
  const startAfter = query.get('start-after') ?? '';
  const after = token === null ? afterMarker(startAfter, common.prefix, common.delimiter) : readToken(token);
  const page = listPage(bucketOf(exchange), { ...common, after });
  const fields = [
    element('KeyCount', page.objects.length + page.commonPrefixes.length),
    token === null ? '' : element('ContinuationToken', token),
    page.next === null ? '' : element('NextContinuationToken', writeToken(page.next)),
    startAfter === '' ? '' : element('StartAfter', common.encode(startAfter)),
  ];
  return listReply(exchange, common, page, fields, query.get('fetch-owner') === 'true');
}

/** ListObjects, version 1. */
export function listObjectsV1(exchange: Exchange): Reply {
  const common = readCommon(exchange);
  const marker = exchange.request.query.get('marker') ?? '';
  const after = afterMarker(marker, common.prefix, common.delimiter);
  const page = listPage(bucketOf(exchange), { ...common, after });
  const fields = [
    element('Marker', common.encode(marker)),
    page.next === null ? '' : element('NextMarker', common.encode(page.last)),
  ];
  return listReply(exchange, common, page, fields, true);
}

interface CommonParameters {
  readonly prefix: string;
  readonly delimiter: string;
  readonly limit: number;
  readonly encoded: boolean;
  readonly encode: (text: string) => string;
}

function readCommon({ request: { query } }: Exchange): CommonParameters {
  const encoded = encodingOf(query) === 'url';
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    limit: countParameter(query, 'max-keys'),
    encoded,
    encode: encoded ? encodePath : (text) => text,
  };
}

function listReply(
  { request }: Exchange,
  { prefix, delimiter, limit, encoded, encode }: CommonParameters,
  page: Listing,
  fields: readonly string[],
  withOwner: boolean,
): Reply {
  const inner = [
    element('Name', request.bucket ?? ''),
    element('Prefix', encode(prefix)),
    delimiter === '' ? '' : element('Delimiter', encode(delimiter)),
    element('MaxKeys', limit),
    encoded ? element('EncodingType', 'url') : '',
    element('IsTruncated', page.next !== null),
    ...fields,
    ...page.objects.map(({ key, lastModified, etag, size }) => {
      const item = [
        element('Key', encode(key)),
        // In whole seconds, so that it equals the Last-Modified header.
        element('LastModified', new Date(wholeSeconds(lastModified)).toISOString()),
        element('ETag', quoted(etag)),
        element('Size', size),
        element('StorageClass', 'STANDARD'),
        withOwner ? ownerElement : '',
      ];
      return `<Contents>${item.join('')}</Contents>`;
    }),
    ...page.commonPrefixes.map(
      (common) => `<CommonPrefixes>${element('Prefix', encode(common))}</CommonPrefixes>`,
    ),
  ];
  return xmlReply(resultDocument('ListBucketResult', inner.join('')));
}

/** The one account of the store. */
export const ownerElement = `<Owner>${element('ID', 'earshot')}${element('DisplayName', 'earshot')}</Owner>`;

const tokenVersion = '1';

/** A token is opaque to clients; here it is where the next page begins. */
function writeToken(after: string): string {
  return Buffer.from(tokenVersion + after, 'latin1').toString('base64url');
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('latin1');
  if (!text.startsWith(tokenVersion) || writeToken(text.slice(1)) !== token) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
      ArgumentName: 'continuation-token',
    });
  }
  return text.slice(tokenVersion.length);
}
