import { quoted } from '../protocol/entity-tag.ts';
import { type Reply, xmlReply } from '../protocol/reply.ts';
import { encodePath } from '../protocol/uri.ts';
import { element, resultDocument } from '../protocol/xml.ts';
import { toByteForm } from '../storage/key-order.ts';
import type { UploadRecord } from '../storage/upload-store.ts';
import { countParameter, encodingOf } from './list-parameters.ts';
import { bucketOf, type Exchange } from './operation.ts';
import { uploadOf } from './upload.ts';

export function listParts(exchange: Exchange): Reply {
  const { query } = exchange.request;
  const { record, parts } = uploadOf(exchange);
  const limit = countParameter(query, 'max-parts');
  const marker = Number(query.get('part-number-marker') || 0);
  const all = [...parts.values()]
    .filter(({ partNumber }) => partNumber > marker)
    .sort((a, b) => a.partNumber - b.partNumber);
  const page = all.slice(0, limit);
  const truncated = all.length > page.length;
  const fields = [
    element('Bucket', exchange.request.bucket ?? ''),
    element('Key', encodingOf(query) === null ? record.key : encodePath(record.key)),
    element('UploadId', record.uploadId),
    element('PartNumberMarker', marker),
    truncated ? element('NextPartNumberMarker', page.at(-1)?.partNumber ?? marker) : '',
    element('MaxParts', limit),
    element('IsTruncated', truncated),
    element('StorageClass', 'STANDARD'),
    ...page.map(({ partNumber, lastModified, etag, size, checksum }) => {
      const part = [
        element('PartNumber', partNumber),
        element('LastModified', new Date(lastModified).toISOString()),
        element('ETag', quoted(etag)),
        element('Size', size),
        checksum === null ? '' : element(`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value),
      ];
      return `<Part>${part.join('')}</Part>`;
    }),
  ];
  return xmlReply(resultDocument('ListPartsResult', fields.join('')));
}

export function listUploads(exchange: Exchange): Reply {
  const { query } = exchange.request;
  const limit = countParameter(query, 'max-uploads');
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const encode = encodingOf(query) === null ? (text: string) => text : encodePath;
  const all = bucketOf(exchange)
    .uploads.list()
    .filter(({ key }) => key.startsWith(prefix))
    .sort(byKeyThenId)
    .filter((upload) => follows(upload, keyMarker, idMarker));
  const page = all.slice(0, limit);
  const last = all.length > page.length ? page.at(-1) : undefined;
  const fields = [
    element('Bucket', exchange.request.bucket ?? ''),
    element('Prefix', encode(prefix)),
    element('KeyMarker', encode(keyMarker)),
    element('UploadIdMarker', idMarker),
    last === undefined ? '' : element('NextKeyMarker', encode(last.key)),
    last === undefined ? '' : element('NextUploadIdMarker', last.uploadId),
    encodingOf(query) === null ? '' : element('EncodingType', 'url'),
    element('MaxUploads', limit),
    element('IsTruncated', last !== undefined),
    ...page.map(({ key, uploadId, initiated }) => {
      const time = new Date(initiated).toISOString();
      return `<Upload>${element('Key', encode(key))}${element('UploadId', uploadId)}${element('Initiated', time)}</Upload>`;
    }),
  ];
  return xmlReply(resultDocument('ListMultipartUploadsResult', fields.join('')));
}

function byKeyThenId(a: UploadRecord, b: UploadRecord): number {
  return compare(toByteForm(a.key), toByteForm(b.key)) || compare(a.uploadId, b.uploadId);
}

/** Without an id marker the whole key of the marker is behind; with one, its greater ids still follow. */
function follows(upload: UploadRecord, keyMarker: string, idMarker: string): boolean {
  const order = compare(toByteForm(upload.key), toByteForm(keyMarker));
  return order > 0 || (order === 0 && idMarker !== '' && upload.uploadId > idMarker);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
