import { createHash } from 'node:crypto';
import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { expect, it } from 'vitest';
import { sendSigned } from '../../../fixtures/object-store/raw-request.ts';
import { sharedTemporaryStore } from '../../../fixtures/object-store/shared-temporary-store.ts';
import { bucket, outcomeOf } from '../../../fixtures/object-store/temporary-store.ts';

const MiB = 1024 * 1024;
const partA = Buffer.alloc(5 * MiB, 'a');
const partB = Buffer.alloc(5 * MiB + 1, 'b');
const partC = Buffer.from('the end');

const local = sharedTemporaryStore();

async function begin(Key: string) {
  const { UploadId = '' } = await local.client
    .createMultipartUpload({ Bucket: bucket, Key, Metadata: { a: '1' } })
    .promise();
  const upload = { Bucket: bucket, Key, UploadId };
  return {
    upload,
    put: async (PartNumber: number, Body: Buffer) => {
      const { ETag = '' } = await local.client.uploadPart({ ...upload, PartNumber, Body }).promise();
      return { PartNumber, ETag };
    },
    complete: (Parts: S3.CompletedPart[], more: object = {}) =>
      local.client.completeMultipartUpload({ ...upload, MultipartUpload: { Parts }, ...more }),
  };
}

const md5 = (data: Buffer) => createHash('md5').update(data).digest();

it('joins the parts that are named, in any order of arrival, and only then shows the object', async () => {
  const { upload, put, complete } = await begin('joined');
  const c = await put(9, partC);
  await put(2, Buffer.from('replaced'));
  const [a, b] = await Promise.all([put(2, partA), put(5, partB)]);
  await put(7, Buffer.from('not named'));
  expect(await outcomeOf(local.client.headObject({ Bucket: bucket, Key: 'joined' }))).toBe('404 NotFound');
  const { ETag } = await complete([a, b, c]).promise();
  expect(ETag).toBe(`"${md5(Buffer.concat([partA, partB, partC].map(md5))).toString('hex')}-3"`);
  const found = await local.client.getObject({ Bucket: bucket, Key: 'joined' }).promise();
  expect(Buffer.concat([partA, partB, partC]).equals(found.Body as Buffer)).toBe(true);
  expect(found).toMatchObject({ ETag, Metadata: { a: '1' } });
  expect(await outcomeOf(local.client.listParts(upload))).toBe('404 NoSuchUpload');
  expect(local.notices.filter(({ key }) => key === 'joined')).toMatchObject([
    { operation: 'write', etag: ETag?.replaceAll('"', ''), size: partA.length + partB.length + partC.length },
  ]);
});

it('lists parts and uploads, in pages', async () => {
  const { upload, put } = await begin('listed/b');
  const other = await begin('listed/a é');
  for (const number of [1, 2, 3]) await put(number, Buffer.from(`part ${number}`));
  const first = await local.client.listParts({ ...upload, MaxParts: 2 }).promise();
  expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: 2 });
  expect(first.Parts).toMatchObject([
    { PartNumber: 1, Size: 6 },
    { PartNumber: 2, Size: 6 },
  ]);
  const second = await local.client.listParts({ ...upload, PartNumberMarker: 2 }).promise();
  expect(second.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([3]);
  const page = await local.client
    .listMultipartUploads({ Bucket: bucket, Prefix: 'listed/', MaxUploads: 1 })
    .promise();
  expect(page.Uploads).toMatchObject([{ Key: 'listed/a é', UploadId: other.upload.UploadId }]);
  const marker = { KeyMarker: page.NextKeyMarker ?? '', UploadIdMarker: page.NextUploadIdMarker ?? '' };
  const rest = await local.client
    .listMultipartUploads({ Bucket: bucket, Prefix: 'listed/', ...marker })
    .promise();
  expect(rest.Uploads).toMatchObject([{ Key: 'listed/b', UploadId: upload.UploadId }]);
  await local.client.abortMultipartUpload(upload).promise();
  await local.client.abortMultipartUpload(other.upload).promise();
  expect((await local.client.listMultipartUploads({ Bucket: bucket }).promise()).Uploads).toEqual([]);
  expect(await outcomeOf(local.client.uploadPart({ ...upload, PartNumber: 1, Body: 'x' }))).toBe(
    '404 NoSuchUpload',
  );
});

it('refuses to join what does not fit', async () => {
  const { upload, put, complete } = await begin('misfit');
  const small = await put(1, partC);
  const last = await put(2, partC);
  expect(await outcomeOf(complete([small, last]))).toBe('400 EntityTooSmall');
  expect(await outcomeOf(complete([last, small]))).toBe('400 InvalidPartOrder');
  expect(await outcomeOf(complete([{ PartNumber: 1, ETag: '"other"' }]))).toBe('400 InvalidPart');
  expect(await outcomeOf(complete([{ ...last, PartNumber: 3 }]))).toBe('400 InvalidPart');
  expect(await outcomeOf(complete([]))).toBe('400 MalformedXML');
  expect(await outcomeOf(local.client.uploadPart({ ...upload, PartNumber: 10_001, Body: 'x' }))).toBe(
    '400 InvalidArgument',
  );
  expect(await outcomeOf(local.client.listParts({ ...upload, Key: 'another' }))).toBe('404 NoSuchUpload');
  expect(await outcomeOf(complete([small]))).toBe('ok');
});

it('holds the condition of a completion when it joins, and can be tried again', async () => {
  const { put, complete } = await begin('conditional');
  const part = await put(1, partC);
  await local.client.putObject({ Bucket: bucket, Key: 'conditional', Body: 'first' }).promise();
  expect(await outcomeOf(complete([part], { IfNoneMatch: '*' }))).toBe('412 PreconditionFailed');
  expect(
    (await local.client.getObject({ Bucket: bucket, Key: 'conditional' }).promise()).Body?.toString(),
  ).toBe('first');
  await local.client.deleteObject({ Bucket: bucket, Key: 'conditional' }).promise();
  expect(await outcomeOf(complete([part], { IfNoneMatch: '*' }))).toBe('ok');
});

it('lets one of several completions of the same upload win', async () => {
  const { put, complete } = await begin('twice');
  const parts = [await put(1, partA), await put(2, partC)];
  const outcomes = await Promise.all([1, 2, 3].map(() => outcomeOf(complete(parts))));
  expect(outcomes.sort()).toEqual(['404 NoSuchUpload', '404 NoSuchUpload', 'ok']);
  expect(local.notices.filter(({ key }) => key === 'twice')).toHaveLength(1);
});

it('copies parts of other objects', async () => {
  await local.client
    .putObject({ Bucket: bucket, Key: 'whole', Body: Buffer.concat([partA, partB]) })
    .promise();
  const { upload, complete } = await begin('copied');
  const copy = async (PartNumber: number, range: string) => {
    const source = { CopySource: `${bucket}/whole`, CopySourceRange: range };
    const { CopyPartResult } = await local.client
      .uploadPartCopy({ ...upload, PartNumber, ...source })
      .promise();
    return { PartNumber, ETag: CopyPartResult?.ETag ?? '' };
  };
  const parts = [await copy(1, `bytes=0-${5 * MiB - 1}`), await copy(2, `bytes=${5 * MiB}-${5 * MiB + 9}`)];
  await complete(parts).promise();
  const { Body } = await local.client.getObject({ Bucket: bucket, Key: 'copied' }).promise();
  expect((Body as Buffer).equals(Buffer.concat([partA, partB.subarray(0, 10)]))).toBe(true);
});

it('verifies the checksums of parts and of the whole', async () => {
  const wrong = 'AAAAAA==';
  const target = (query: string) => ({ url: local.server.url, target: `/${bucket}/summed?${query}` });
  const headers = { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' };
  const begun = await sendSigned({ ...target('uploads='), method: 'POST', headers });
  expect(begun.headers['x-amz-checksum-type']).toBe('FULL_OBJECT');
  const id = /<UploadId>(.*)<\/UploadId>/.exec(begun.body.toString())?.[1];
  const part = { ...target(`partNumber=1&uploadId=${id}`), method: 'PUT' };
  const sent = await sendSigned({ ...part, body: Buffer.from('ab') });
  const partChecksum = sent.headers['x-amz-checksum-crc32'];
  const complete = (checksum: string, whole: string) =>
    sendSigned({
      ...target(`uploadId=${id}`),
      method: 'POST',
      headers: { 'x-amz-checksum-crc32': whole },
      body: Buffer.from(
        `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${sent.headers.etag}</ETag>` +
          `<ChecksumCRC32>${checksum}</ChecksumCRC32></Part></CompleteMultipartUpload>`,
      ),
    });
  expect((await complete(wrong, String(partChecksum))).body.toString()).toContain('<Code>InvalidPart</Code>');
  expect((await complete(String(partChecksum), wrong)).body.toString()).toContain('<Code>BadDigest</Code>');
  const done = await complete(String(partChecksum), String(partChecksum));
  expect(done.body.toString()).toContain(`<ChecksumCRC32>${partChecksum}</ChecksumCRC32>`);
});

it('takes the parts of the managed upload of the SDK', async () => {
  const Body = Buffer.concat([partA, partA, partB]);
  await local.client
    .upload({ Bucket: bucket, Key: 'managed', Body }, { partSize: 5 * MiB, queueSize: 4 })
    .promise();
  const found = await local.client.headObject({ Bucket: bucket, Key: 'managed' }).promise();
  expect(found).toMatchObject({ ContentLength: Body.length, ETag: expect.stringMatching(/-4"$/) });
});
