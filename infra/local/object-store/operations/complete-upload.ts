import { createHash } from 'node:crypto';
import { type Checksum, checksumAlgorithms, startChecksum } from '../body/checksum.ts';
import { judgeWrite, readConditions } from '../protocol/conditions.ts';
import { parseEntityTags, quoted } from '../protocol/entity-tag.ts';
import { childText, readXml } from '../protocol/read-xml.ts';
import { type Reply, xmlReply } from '../protocol/reply.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { header, type S3Request } from '../protocol/s3-request.ts';
import { element, resultDocument } from '../protocol/xml.ts';
import type { Bucket } from '../storage/bucket.ts';
import type { Draft } from '../storage/draft.ts';
import type { ObjectRecord } from '../storage/object-record.ts';
import type { PartRecord, Upload, UploadRecord } from '../storage/upload-store.ts';
import { contentOf } from './copy-source.ts';
import { bucketOf, type Exchange } from './operation.ts';
import { receiveDocument } from './receive-document.ts';
import { uploadOf } from './upload.ts';
import { commitObject } from './write-object.ts';

/** 10,000 parts with a checksum each. */
const largestDocument = 8 * 1024 * 1024;
/** Amazon S3 User Guide, "Amazon S3 multipart upload limits": every part but the last. */
const smallestPart = 5 * 1024 * 1024;

export async function completeUpload(exchange: Exchange): Promise<Reply> {
  const bucket = bucketOf(exchange);
  const conditions = readConditions(exchange.request.headers);
  const document = await receiveDocument(exchange, largestDocument, { checksumOfAnother: true });
  const upload = uploadOf(exchange);
  const { key } = upload.record;
  const parts = chooseParts(document, upload);
  judgeWrite(conditions, bucket.find(key));

  bucket.uploads.claim(upload);
  let record: ObjectRecord;
  try {
    const draft = exchange.state.draft();
    const checksum = await joinParts(exchange.request, bucket, upload.record, parts, draft);
    record = {
      key,
      etag: joinedEtag(parts),
      size: draft.size,
      lastModified: Date.now(),
      headers: upload.record.headers,
      checksum,
    };
    await commitObject(exchange, bucket, record, draft, conditions);
  } catch (error) {
    bucket.uploads.release(upload);
    throw error;
  }
  bucket.uploads.remove(upload);
  await bucket.uploads.sync();
  return xmlReply(resultDocument('CompleteMultipartUploadResult', describe(bucket, record)));
}

/** The parts that the client names, each held against what was uploaded. */
function chooseParts(document: string, { parts }: Upload): readonly PartRecord[] {
  const named = readPartList(document);
  return named.map((item, index) => {
    const part = parts.get(item.partNumber);
    const where = { PartNumber: String(item.partNumber) };
    if (part === undefined || part.etag !== item.etag || !item.checksums.every((sum) => agrees(part, sum))) {
      throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.', where);
    }
    if (index < named.length - 1 && part.size < smallestPart) {
      throw new S3Error(
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed size',
        where,
      );
    }
    return part;
  });
}

interface NamedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: readonly Pick<Checksum, 'algorithm' | 'value'>[];
}

function readPartList(document: string): readonly NamedPart[] {
  const root = readXml(document);
  const items = root.children.filter(({ name }) => name === 'Part');
  if (root.name !== 'CompleteMultipartUpload' || items.length === 0) {
    throw new S3Error('MalformedXML', 'CompleteMultipartUpload must name at least one part.');
  }
  const named = items.map((item) => ({
    partNumber: Number(childText(item, 'PartNumber')),
    etag: parseEntityTags(childText(item, 'ETag') ?? '')[0] ?? '',
    checksums: checksumAlgorithms.flatMap((algorithm) => {
      const value = childText(item, `Checksum${algorithm.toUpperCase()}`);
      return value === null ? [] : [{ algorithm, value }];
    }),
  }));
  if (!named.every(({ partNumber }, index) => partNumber > (named[index - 1]?.partNumber ?? 0))) {
    throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
  }
  return named;
}

function agrees(part: PartRecord, { algorithm, value }: Pick<Checksum, 'algorithm' | 'value'>): boolean {
  return part.checksum?.algorithm === algorithm && part.checksum.value === value;
}

/** Writes the parts one after the other into the draft, which it discards when that fails. */
async function joinParts(
  request: S3Request,
  bucket: Bucket,
  { uploadId, checksumAlgorithm: algorithm, checksumType }: UploadRecord,
  parts: readonly PartRecord[],
  draft: Draft,
): Promise<Checksum | null> {
  const whole = algorithm !== null && checksumType === 'FULL_OBJECT' ? startChecksum(algorithm) : null;
  try {
    for (const { partNumber, size } of parts) {
      if (size === 0) continue;
      for await (const chunk of contentOf(bucket.uploads.partPath(uploadId, partNumber), 0, size - 1)) {
        whole?.update(chunk);
        await draft.append(chunk);
      }
    }
    if (algorithm === null) return null;
    const value = whole === null ? compositeValue(algorithm, parts) : whole.digest().toString('base64');
    const claimed = header(request, `x-amz-checksum-${algorithm}`);
    if (claimed !== null && claimed !== value) {
      throw new S3Error(
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated one.`,
      );
    }
    return { algorithm, value, type: checksumType };
  } catch (error) {
    draft.discard();
    throw error;
  }
}

function compositeValue(algorithm: Checksum['algorithm'], parts: readonly PartRecord[]): string {
  const checksum = startChecksum(algorithm);
  for (const part of parts) checksum.update(Buffer.from(part.checksum?.value ?? '', 'base64'));
  return `${checksum.digest().toString('base64')}-${parts.length}`;
}

/** The MD5 of the parts' MD5s, and how many they were. */
function joinedEtag(parts: readonly PartRecord[]): string {
  const md5 = createHash('md5');
  for (const { etag } of parts) md5.update(etag, 'hex');
  return `${md5.digest('hex')}-${parts.length}`;
}

function describe(bucket: Bucket, { key, etag, checksum }: ObjectRecord): string {
  return [
    element('Location', `/${bucket.record.name}/${key}`),
    element('Bucket', bucket.record.name),
    element('Key', key),
    element('ETag', quoted(etag)),
    checksum === null ? '' : element(`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value),
    checksum === null ? '' : element('ChecksumType', checksum.type),
  ].join('');
}
