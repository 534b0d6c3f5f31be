import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { sendSigned } from '../../fixtures/object-store/raw-request.ts';
import { aimedAt, type Check, type Subject, said, yesOrNo } from './check.ts';

async function fill({ client, bucket }: Subject, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((Key) => client.putObject({ Bucket: bucket, Key, Body: 'x' }).promise()));
}

type Page = Pick<S3.ListObjectsV2Output, 'Contents' | 'CommonPrefixes'>;
/** The entries of a page without the prefix, sorted, e.g. `a b/`. */
function entriesOf({ Contents = [], CommonPrefixes = [] }: Page, prefix: string): string {
  return [...Contents.map(({ Key = '' }) => Key), ...CommonPrefixes.map((common) => common.Prefix ?? '')]
    .map((entry) => entry.slice(prefix.length))
    .sort()
    .join(' ');
}

const tree = ['a', 'b/1', 'b/2', 'c', 'd/1', 'e', 'e/1'];
const mostPages = 20;

export const listingChecks: readonly Check[] = [
  {
    name: 'lists by prefix and delimiter in pages, common prefixes counted (version 2)',
    expected: { pages: 'a b/ | c d/ | e e/', counts: '2 2 2', flat: 'a b/1 b/2 | c d/1 e | e/1' },
    async observe(subject) {
      const Prefix = 'v2/';
      await fill(
        subject,
        tree.map((key) => Prefix + key),
      );
      const list = async (more: Partial<S3.ListObjectsV2Request>) => {
        const pages: S3.ListObjectsV2Output[] = [];
        for (let token = ''; pages.length < mostPages; ) {
          const next = token === '' ? {} : { ContinuationToken: token };
          const query = { Bucket: subject.bucket, Prefix, ...more, ...next };
          const page = await subject.client.listObjectsV2(query).promise();
          pages.push(page);
          if (page.IsTruncated !== true) break;
          token = page.NextContinuationToken ?? '';
        }
        return pages;
      };
      const rolledUp = await list({ Delimiter: '/', MaxKeys: 2 });
      return {
        pages: rolledUp.map((page) => entriesOf(page, Prefix)).join(' | '),
        counts: rolledUp.map(({ KeyCount }) => KeyCount).join(' '),
        flat: (await list({ MaxKeys: 3 })).map((page) => entriesOf(page, Prefix)).join(' | '),
      };
    },
  },
  {
    name: 'lists by prefix and delimiter in pages, common prefixes counted (version 1)',
    expected: { pages: 'a b/ | c d/ | e e/', 'after a key': 'd/ e e/', 'after b/1': 'c d/ e e/' },
    async observe(subject) {
      const Prefix = 'v1/';
      await fill(
        subject,
        tree.map((key) => Prefix + key),
      );
      const query = { Bucket: subject.bucket, Prefix, Delimiter: '/' };
      const pages: string[] = [];
      for (let marker = ''; pages.length < mostPages; ) {
        const page = await subject.client.listObjects({ ...query, MaxKeys: 2, Marker: marker }).promise();
        pages.push(entriesOf(page, Prefix));
        if (page.IsTruncated !== true) break;
        marker = page.NextMarker ?? '';
      }
      const after = async (key: string) =>
        entriesOf(await subject.client.listObjects({ ...query, Marker: Prefix + key }).promise(), Prefix);
      return { pages: pages.join(' | '), 'after a key': await after('c'), 'after b/1': await after('b/1') };
    },
  },
  {
    name: 'begins after StartAfter, which need not be a key',
    expected: { a: 'b c/ d', aa: 'b c/ d', 'c/1': 'd', 'c/2': 'd' },
    async observe(subject) {
      const Prefix = 'after/';
      await fill(
        subject,
        ['a', 'b', 'c/1', 'c/2', 'd'].map((key) => Prefix + key),
      );
      const after = async (key: string) => {
        const query = { Bucket: subject.bucket, Prefix, Delimiter: '/', StartAfter: Prefix + key };
        return entriesOf(await subject.client.listObjectsV2(query).promise(), Prefix);
      };
      return {
        a: await after('a'),
        aa: await after('aa'),
        'c/1': await after('c/1'),
        'c/2': await after('c/2'),
      };
    },
  },
  {
    name: 'lists in the order of the UTF-8 bytes',
    expected: { order: 'A a a-b a/b ~ é \uff5e \u{1f3a7}' },
    async observe(subject) {
      const Prefix = 'order/';
      await fill(
        subject,
        ['\u{1f3a7}', '\uff5e', 'é', 'A', 'a', 'a/b', 'a-b', '~'].map((key) => Prefix + key),
      );
      const { Contents = [] } = await subject.client
        .listObjectsV2({ Bucket: subject.bucket, Prefix })
        .promise();
      return { order: Contents.map(({ Key = '' }) => Key.slice(Prefix.length)).join(' ') };
    },
  },
  {
    name: 'escapes keys, prefix and delimiter for encoding-type=url',
    expected: { key: 'enc/a b+c%&é\u0001', prefix: 'enc/a b', 'raw key has a control character': 'no' },
    async observe(subject) {
      await fill(subject, ['enc/a b+c%&é\u0001']);
      const query = { Bucket: subject.bucket, Prefix: 'enc/a b', EncodingType: 'url' };
      const page = await subject.client.listObjectsV2(query).promise();
      const decode = (text = '') => decodeURIComponent(text.replaceAll('+', ' '));
      const key = page.Contents?.[0]?.Key ?? '';
      return {
        key: decode(key),
        prefix: decode(page.Prefix),
        'raw key has a control character': yesOrNo(key.includes('\u0001')),
      };
    },
  },
  {
    name: 'has at most a thousand on a page, none for max-keys=0, and the owner when asked',
    expected: { 'max-keys=5000': '1000', 'max-keys=0': '0 of 0, not truncated', owner: 'only when asked' },
    async observe({ client, bucket }) {
      const list = (more: object) =>
        client.listObjectsV2({ Bucket: bucket, Prefix: 'owned/', ...more }).promise();
      await client.putObject({ Bucket: bucket, Key: 'owned/x', Body: 'x' }).promise();
      const none = await list({ MaxKeys: 0 });
      const owner = async (FetchOwner: boolean) =>
        (await list({ FetchOwner })).Contents?.[0]?.Owner?.ID !== undefined;
      const owners = [await owner(false), await owner(true)].join();
      return {
        'max-keys=5000': String((await list({ MaxKeys: 5_000 })).MaxKeys),
        'max-keys=0': `${none.Contents?.length} of ${none.KeyCount}, ${none.IsTruncated ? '' : 'not '}truncated`,
        owner: owners === 'false,true' ? 'only when asked' : owners === 'true,true' ? 'always' : 'never',
      };
    },
  },
  {
    name: 'tells of a listed object what HEAD tells',
    expected: { ETag: 'the same', Size: '7', LastModified: 'the same' },
    async observe({ client, bucket }) {
      const at = { Bucket: bucket, Key: 'told/x' };
      await client.putObject({ ...at, Body: 'content' }).promise();
      const head = await client.headObject(at).promise();
      const { Contents = [] } = await client.listObjectsV2({ Bucket: bucket, Prefix: 'told/' }).promise();
      const [listed] = Contents;
      const seconds = (time?: Date) => Math.floor((time?.getTime() ?? 0) / 1000);
      const sameTime = seconds(listed?.LastModified) === seconds(head.LastModified);
      return {
        ETag: listed?.ETag === head.ETag ? 'the same' : String(listed?.ETag),
        Size: String(listed?.Size),
        LastModified: sameTime ? 'the same' : String(listed?.LastModified),
      };
    },
  },
  {
    name: 'refuses parameters of a listing that it cannot honour',
    expected: {
      'max-keys=-1': '400 InvalidArgument',
      'max-keys=x': '400 InvalidArgument',
      'encoding-type=base64': '400 InvalidArgument',
      'continuation-token=made-up': '400 InvalidArgument',
    },
    async observe({ url, bucket }) {
      const list = (parameter: string) => {
        const query = ['list-type=2', parameter].sort().join('&');
        return said(sendSigned({ url, method: 'GET', target: `/${bucket}?${query}` }));
      };
      return {
        'max-keys=-1': await list('max-keys=-1'),
        'max-keys=x': await list('max-keys=x'),
        'encoding-type=base64': await list('encoding-type=base64'),
        'continuation-token=made-up': await list('continuation-token=made-up'),
      };
    },
  },
  {
    name: 'answers on bucket.localhost too (virtual-hosted style)',
    expected: { put: '200', get: 'content', list: 'hosted/x' },
    async observe(subject) {
      const { url, bucket } = subject;
      const headers = { host: `${bucket}.localhost:${new URL(url).port}` };
      const put = said(
        sendSigned({ url, method: 'PUT', target: '/hosted/x', headers, body: Buffer.from('content') }),
      );
      const listed = async () => {
        const answer = await sendSigned({
          url,
          method: 'GET',
          target: '/?list-type=2&prefix=hosted%2F',
          headers,
        });
        return /<Key>(.*?)<\/Key>/.exec(answer.body.toString())?.[1] ?? `${answer.status}`;
      };
      return {
        put: await put,
        get: (await sendSigned(aimedAt(subject, 'hosted/x'))).body.toString().slice(0, 20),
        list: await listed(),
      };
    },
  },
];
