import { createHash } from 'node:crypto';
import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { outcomeOf } from '../../fixtures/object-store/temporary-store.ts';
import { type Check, contentAt, type Subject, yesOrNo } from './check.ts';

const MiB = 1024 * 1024;
/** The smallest that a part other than the last may be. */
const partA = Buffer.alloc(5 * MiB, 'a');
const partB = Buffer.alloc(5 * MiB + 1, 'b');
const partC = Buffer.from('the end');

const md5 = (data: Buffer) => createHash('md5').update(data).digest();
const joinedEtag = (parts: readonly Buffer[]) =>
  `"${md5(Buffer.concat(parts.map(md5))).toString('hex')}-${parts.length}"`;

async function begin({ client, bucket }: Subject, Key: string, more: object = {}) {
  const { UploadId = '' } = await client.createMultipartUpload({ Bucket: bucket, Key, ...more }).promise();
  const upload = { Bucket: bucket, Key, UploadId };
  return {
    upload,
    async put(PartNumber: number, Body: Buffer) {
      const { ETag = '' } = await client.uploadPart({ ...upload, PartNumber, Body }).promise();
      return { PartNumber, ETag };
    },
    complete: (Parts: S3.CompletedPart[]) =>
      client.completeMultipartUpload({ ...upload, MultipartUpload: { Parts } }),
  };
}

export const multipartChecks: readonly Check[] = [
  {
    name: 'joins parts that came in any order, and shows the object only then',
    expected: {
      before: '404 NotFound',
      'ETag answered': 'MD5 of MD5s, -3',
      'ETag of HEAD': 'MD5 of MD5s, -3',
      whole: 'yes',
      metadata: 'kept',
      'parts then': '404 NoSuchUpload',
    },
    async observe(subject) {
      const at = { Bucket: subject.bucket, Key: 'joined' };
      const { upload, put, complete } = await begin(subject, at.Key, { Metadata: { a: '1' } });
      const c = await put(9, partC);
      const [a, b] = await Promise.all([put(2, partA), put(5, partB)]);
      const before = await outcomeOf(subject.client.headObject(at));
      const { ETag } = await complete([a, b, c]).promise();
      const found = await subject.client.getObject(at).promise();
      const parts = [partA, partB, partC];
      const tell = (etag = 'absent') => (etag === joinedEtag(parts) ? 'MD5 of MD5s, -3' : etag || 'empty');
      return {
        before,
        'ETag answered': tell(ETag),
        'ETag of HEAD': tell(found.ETag),
        whole: yesOrNo(Buffer.concat(parts).equals(found.Body as Buffer)),
        metadata: found.Metadata?.['a'] === '1' ? 'kept' : 'lost',
        'parts then': await outcomeOf(subject.client.listParts(upload)),
      };
    },
  },
  {
    name: 'takes the last of two parts of the same number, and leaves out those that are not named',
    expected: { 'sent twice': 'the second', 'not named': 'left out' },
    async observe(subject) {
      const join = async (Key: string, numbers: readonly number[], texts: readonly string[]) => {
        const { put, complete } = await begin(subject, Key);
        const parts: S3.CompletedPart[] = [];
        for (const [i, text] of texts.entries()) parts.push(await put(numbers[i] ?? 0, Buffer.from(text)));
        const done = await outcomeOf(complete(parts.filter(({ PartNumber }) => PartNumber === 1).slice(-1)));
        return done === 'ok' ? contentAt(subject, Key) : done;
      };
      const unnamed = await join('unnamed-part', [1, 2], ['named', 'not named']);
      return {
        'sent twice': await join('part-sent-twice', [1, 1], ['the first', 'the second']),
        'not named': unnamed === 'named' ? 'left out' : unnamed,
      };
    },
  },
  {
    name: 'lists the parts of an upload in pages',
    expected: { first: '1 2, more after 2', second: '3', sizes: '6 6' },
    async observe(subject) {
      const { upload, put } = await begin(subject, 'listed-parts');
      for (const number of [1, 2, 3]) await put(number, Buffer.from(`part ${number}`));
      const list = (more: object) => subject.client.listParts({ ...upload, ...more }).promise();
      const tell = ({ Parts = [], IsTruncated, NextPartNumberMarker }: S3.ListPartsOutput) =>
        Parts.map(({ PartNumber }) => PartNumber).join(' ') +
        (IsTruncated === true ? `, more after ${NextPartNumberMarker}` : '');
      const first = await list({ MaxParts: 2 });
      const second = await list({ PartNumberMarker: 2 });
      await subject.client.abortMultipartUpload(upload).promise();
      const sizes = (first.Parts ?? []).map(({ Size }) => Size).join(' ');
      return { first: tell(first), second: tell(second), sizes };
    },
  },
  {
    name: 'lists the uploads under way, by prefix and in pages',
    expected: { first: 'uploads/a é, more', second: 'uploads/b', 'those aborted': 'none' },
    async observe(subject) {
      const { client, bucket } = subject;
      const begun = [await begin(subject, 'uploads/b'), await begin(subject, 'uploads/a é')];
      const list = (more: object) =>
        client.listMultipartUploads({ Bucket: bucket, Prefix: 'uploads/', ...more }).promise();
      const tell = ({ Uploads = [], IsTruncated }: S3.ListMultipartUploadsOutput) =>
        Uploads.map(({ Key }) => Key).join(' ') + (IsTruncated === true ? ', more' : '');
      const first = await list({ MaxUploads: 1 });
      const markers = {
        KeyMarker: first.NextKeyMarker ?? '',
        UploadIdMarker: first.NextUploadIdMarker ?? '',
      };
      const second = await list(markers);
      for (const { upload } of begun) await client.abortMultipartUpload(upload).promise();
      return { first: tell(first), second: tell(second), 'those aborted': tell(await list({})) || 'none' };
    },
  },
  {
    name: 'forgets an aborted upload',
    expected: {
      abort: 'ok',
      'list parts': '404 NoSuchUpload',
      'add a part': '404 NoSuchUpload',
      complete: '404 NoSuchUpload',
      'abort again': '404 NoSuchUpload',
    },
    async observe(subject) {
      const { upload, put, complete } = await begin(subject, 'aborted');
      const part = await put(1, partC);
      const abort = () => outcomeOf(subject.client.abortMultipartUpload(upload));
      return {
        abort: await abort(),
        'list parts': await outcomeOf(subject.client.listParts(upload)),
        'add a part': await outcomeOf(subject.client.uploadPart({ ...upload, PartNumber: 2, Body: 'x' })),
        complete: await outcomeOf(complete([part])),
        'abort again': await abort(),
      };
    },
  },
  {
    name: 'refuses to join what does not fit',
    expected: {
      'a small part before another': '400 EntityTooSmall',
      'the wrong order': '400 InvalidPartOrder',
      'another ETag': '400 InvalidPart',
      'a part that was not sent': '400 InvalidPart',
      'no parts': '400 MalformedXML',
      "another key's upload": '404 NoSuchUpload',
      'then the right parts': 'ok',
    },
    async observe(subject) {
      const { upload, put, complete } = await begin(subject, 'misfit');
      const small = await put(1, partC);
      const last = await put(2, partA);
      const wrong = '"00000000000000000000000000000000"';
      return {
        'a small part before another': await outcomeOf(complete([small, last])),
        'the wrong order': await outcomeOf(complete([last, small])),
        'another ETag': await outcomeOf(complete([{ PartNumber: 1, ETag: wrong }])),
        'a part that was not sent': await outcomeOf(complete([{ ...last, PartNumber: 3 }])),
        'no parts': await outcomeOf(complete([])),
        "another key's upload": await outcomeOf(subject.client.listParts({ ...upload, Key: 'another' })),
        'then the right parts': await put(1, partB).then(
          (first) => outcomeOf(complete([first, last])),
          () => 'the upload is gone',
        ),
      };
    },
  },
  {
    name: 'numbers parts from 1 to 10,000',
    expected: { '0': '400 InvalidArgument', '10,000': 'ok', '10,001': '400 InvalidArgument' },
    async observe(subject) {
      const { upload } = await begin(subject, 'numbered');
      const put = (PartNumber: number) =>
        outcomeOf(subject.client.uploadPart({ ...upload, PartNumber, Body: 'x' }));
      return { '0': await put(0), '10,000': await put(10_000), '10,001': await put(10_001) };
    },
  },
  {
    name: 'copies ranges of objects into parts',
    expected: { content: 'the two ranges' },
    async observe(subject) {
      const { client, bucket } = subject;
      await client.putObject({ Bucket: bucket, Key: 'whole', Body: Buffer.concat([partA, partB]) }).promise();
      const { upload, complete } = await begin(subject, 'copied-parts');
      const copy = async (PartNumber: number, range: string) => {
        const source = { CopySource: `${bucket}/whole`, CopySourceRange: range };
        const { CopyPartResult } = await client
          .uploadPartCopy({ ...upload, PartNumber, ...source })
          .promise();
        return { PartNumber, ETag: CopyPartResult?.ETag ?? '' };
      };
      const parts = [
        await copy(1, `bytes=0-${5 * MiB - 1}`),
        await copy(2, `bytes=${5 * MiB}-${5 * MiB + 9}`),
      ];
      await complete(parts).promise();
      const { Body } = await client.getObject({ Bucket: bucket, Key: 'copied-parts' }).promise();
      const right = (Body as Buffer).equals(Buffer.concat([partA, partB.subarray(0, 10)]));
      return { content: right ? 'the two ranges' : `${(Body as Buffer).length} other bytes` };
    },
  },
  {
    name: "takes the SDK's managed upload",
    expected: { ETag: 'MD5 of MD5s, -3', whole: 'yes' },
    async observe({ client, bucket }) {
      const at = { Bucket: bucket, Key: 'managed' };
      const parts = [partA, partA, partC];
      await client.upload({ ...at, Body: Buffer.concat(parts) }, { partSize: 5 * MiB }).promise();
      const { Body, ETag = '' } = await client.getObject(at).promise();
      return {
        ETag: ETag === joinedEtag(parts) ? 'MD5 of MD5s, -3' : ETag,
        whole: yesOrNo(Buffer.concat(parts).equals(Body as Buffer)),
      };
    },
  },
];
