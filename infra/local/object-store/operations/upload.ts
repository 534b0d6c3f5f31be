import { type ChecksumAlgorithm, type ChecksumType, isChecksumAlgorithm } from '../body/checksum.ts';
import { quoted } from '../protocol/entity-tag.ts';
import { type Reply, xmlReply } from '../protocol/reply.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { header, type S3Request } from '../protocol/s3-request.ts';
import { element, resultDocument } from '../protocol/xml.ts';
import type { Draft } from '../storage/draft.ts';
import { newUploadId, type PartRecord, type Upload, type UploadRecord } from '../storage/upload-store.ts';
import { copyResult } from './copy-object.ts';
import { copyInto, findCopySource } from './copy-source.ts';
import { storedHeaders } from './object-headers.ts';
import { bucketOf, type Exchange, keyOf } from './operation.ts';
import { checksumHeaders, receiveDraft } from './write-object.ts';

/** Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
const mostParts = 10_000;

export async function createUpload(exchange: Exchange): Promise<Reply> {
  const bucket = bucketOf(exchange);
  const { request } = exchange;
  const record: UploadRecord = {
    uploadId: newUploadId(),
    key: keyOf(exchange),
    initiated: Date.now(),
    headers: storedHeaders(request),
    ...checksumPlan(request),
  };
  const draft = exchange.state.draft();
  try {
    await draft.seal(record);
    bucket.assertPresent();
    bucket.uploads.begin(record, draft);
  } finally {
    draft.discard();
  }
  await bucket.uploads.sync();
  const document = [
    element('Bucket', bucket.record.name),
    element('Key', record.key),
    element('UploadId', record.uploadId),
  ];
  const headers: Record<string, string> = {};
  if (record.checksumAlgorithm !== null) {
    headers['x-amz-checksum-algorithm'] = record.checksumAlgorithm.toUpperCase();
    headers['x-amz-checksum-type'] = record.checksumType;
  }
  return xmlReply(resultDocument('InitiateMultipartUploadResult', document.join('')), headers);
}

export async function uploadPart(exchange: Exchange): Promise<Reply> {
  const upload = uploadOf(exchange);
  const partNumber = partNumberOf(exchange.request);
  const { draft, digests } = await receiveDraft(exchange, upload.record.checksumAlgorithm);
  const { checksum } = digests;
  const part = await commitPart(exchange, upload, draft, {
    partNumber,
    etag: digests.md5.toString('hex'),
    checksum,
  });
  return { status: 200, headers: { etag: quoted(part.etag), ...checksumHeaders(part) } };
}

export async function uploadPartCopy(exchange: Exchange): Promise<Reply> {
  const upload = uploadOf(exchange);
  const partNumber = partNumberOf(exchange.request);
  const draft = exchange.state.draft();
  const copied = await copyInto(draft, findCopySource(exchange), upload.record.checksumAlgorithm);
  const part = await commitPart(exchange, upload, draft, { partNumber, ...copied });
  return xmlReply(resultDocument('CopyPartResult', copyResult(part)));
}

export async function abortUpload(exchange: Exchange): Promise<Reply> {
  const { uploads } = bucketOf(exchange);
  uploads.remove(uploadOf(exchange));
  await uploads.sync();
  return { status: 204 };
}

/** The upload that the request addresses. @throws S3Error NoSuchUpload */
export function uploadOf(exchange: Exchange): Upload {
  return bucketOf(exchange).uploads.find(exchange.request.query.get('uploadId') ?? '', keyOf(exchange));
}

async function commitPart(
  exchange: Exchange,
  upload: Upload,
  draft: Draft,
  known: Pick<PartRecord, 'partNumber' | 'etag' | 'checksum'>,
): Promise<PartRecord> {
  const bucket = bucketOf(exchange);
  const part: PartRecord = { ...known, size: draft.size, lastModified: Date.now() };
  try {
    await draft.seal(part);
    bucket.assertPresent();
    bucket.uploads.commitPart(upload.record, part, draft);
  } finally {
    draft.discard();
  }
  await bucket.uploads.sync();
  return part;
}

function partNumberOf(request: S3Request): number {
  const text = request.query.get('partNumber') ?? '';
  const partNumber = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (partNumber >= 1 && partNumber <= mostParts) return partNumber;
  throw new S3Error(
    'InvalidArgument',
    `Part number must be an integer between 1 and ${mostParts}, inclusive`,
  );
}

/** Amazon S3 User Guide, "Checking object integrity": CRC-64/NVME is always of the full object, SHAs never are. */
function checksumPlan(request: S3Request): {
  readonly checksumAlgorithm: ChecksumAlgorithm | null;
  readonly checksumType: ChecksumType;
} {
  const name = header(request, 'x-amz-checksum-algorithm')?.toLowerCase() ?? null;
  const asked = header(request, 'x-amz-checksum-type')?.toUpperCase() ?? null;
  if (name === null) {
    if (asked === null) return { checksumAlgorithm: null, checksumType: 'COMPOSITE' };
    throw new S3Error('InvalidRequest', 'The x-amz-checksum-type header needs x-amz-checksum-algorithm.');
  }
  if (!isChecksumAlgorithm(name))
    throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  const type = asked ?? (name === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  const possible =
    type === 'FULL_OBJECT' ? name.startsWith('crc') : type === 'COMPOSITE' && name !== 'crc64nvme';
  if (!possible)
    throw new S3Error('InvalidRequest', `The ${type} checksum type cannot be used with ${name}.`);
  return { checksumAlgorithm: name, checksumType: type as ChecksumType };
}
