import fc from 'fast-check';
import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { expect, it } from 'vitest';
import { SortedKeys } from '../../../../infra/local/object-store/storage/sorted-keys.ts';
import { errorCode, sendSigned } from '../../../fixtures/object-store/raw-request.ts';
import { sharedTemporaryStore } from '../../../fixtures/object-store/shared-temporary-store.ts';
import { bucket } from '../../../fixtures/object-store/temporary-store.ts';

const local = sharedTemporaryStore();

async function fill(keys: readonly string[]): Promise<void> {
  const { Contents = [] } = await local.client
    .listObjectsV2({ Bucket: bucket, EncodingType: 'url' })
    .promise();
  const Objects = Contents.map(({ Key = '' }) => ({ Key: decodeURIComponent(Key) }));
  if (Objects.length > 0)
    await local.client.deleteObjects({ Bucket: bucket, Delete: { Objects, Quiet: true } }).promise();
  await Promise.all(keys.map((Key) => local.client.putObject({ Bucket: bucket, Key, Body: 'x' }).promise()));
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What S3 documents: keys in order, those with the delimiter after the prefix rolled up. */
function expected(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const entries = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return cut === -1 ? `key ${key}` : `prefix ${key.slice(0, cut + delimiter.length)}`;
    });
  return [...new Set(entries)].sort();
}

type Page = Pick<S3.ListObjectsV2Output, 'Contents' | 'CommonPrefixes'>;
const entriesOf = ({ Contents = [], CommonPrefixes = [] }: Page) => [
  ...Contents.map(({ Key = '' }) => `key ${decodeURIComponent(Key)}`),
  ...CommonPrefixes.map(({ Prefix = '' }) => `prefix ${decodeURIComponent(Prefix)}`),
];

it('lists any keys, by any prefix and delimiter, in pages of any size, by both versions of the API', async () => {
  const part = fc.constantFrom(
    'a',
    'b',
    '/',
    '//',
    '-',
    'é',
    '\uff5e',
    '\u{1f3a7}',
    ' ',
    '+',
    '%',
    '&<',
    '\u0001',
  );
  const key = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 14 });
  const prefix = fc.array(part, { maxLength: 2 }).map((parts) => parts.join(''));
  const delimiter = fc.constantFrom('', '/', 'b', '//', 'é');
  await fc.assert(
    fc.asyncProperty(
      keys,
      prefix,
      delimiter,
      fc.integer({ min: 1, max: 6 }),
      async (all, Prefix, Delimiter, MaxKeys) => {
        await fill(all);
        const query = {
          Bucket: bucket,
          Prefix,
          MaxKeys,
          EncodingType: 'url',
          ...(Delimiter === '' ? {} : { Delimiter }),
        };
        const second: string[][] = [];
        for (let token: string | undefined; ; ) {
          const next = token === undefined ? {} : { ContinuationToken: token };
          const page = await local.client.listObjectsV2({ ...query, ...next }).promise();
          second.push(entriesOf(page));
          expect(page.KeyCount).toBe(second.at(-1)!.length);
          if (page.IsTruncated !== true) break;
          token = page.NextContinuationToken;
        }
        const first: string[][] = [];
        for (let marker = ''; ; ) {
          const page = await local.client.listObjects({ ...query, Marker: marker }).promise();
          first.push(entriesOf(page));
          if (page.IsTruncated !== true) break;
          marker = decodeURIComponent(page.NextMarker ?? '');
        }
        for (const pages of [first, second]) {
          expect(pages.flat().sort()).toEqual(expected(all, Prefix, Delimiter));
          for (const page of pages.slice(0, -1)) expect(page.length).toBe(MaxKeys);
          const order = pages.flatMap((page) =>
            page.map((entry) => entry.replace(/^\w+ /, '')).sort(byBytes),
          );
          expect(order).toEqual([...order].sort(byBytes));
        }
      },
    ),
    { numRuns: 15 },
  );
});

it('begins after a key that need not exist', async () => {
  await fill(['a', 'b', 'c/1', 'c/2', 'd']);
  const after = async (StartAfter: string) =>
    entriesOf(await local.client.listObjectsV2({ Bucket: bucket, StartAfter, Delimiter: '/' }).promise());
  expect(await after('a')).toEqual(['key b', 'key d', 'prefix c/']);
  expect(await after('aa')).toEqual(['key b', 'key d', 'prefix c/']);
  expect(await after('c/1')).toEqual(['key d']);
  expect(await after('c/2')).toEqual(['key d']);
});

it('tells of each object what a head would', async () => {
  await fill(['told']);
  const { Contents } = await local.client.listObjectsV2({ Bucket: bucket }).promise();
  const { ETag, LastModified, ContentLength } = await local.client
    .headObject({ Bucket: bucket, Key: 'told' })
    .promise();
  expect(Contents).toEqual([
    { Key: 'told', ETag, LastModified, Size: ContentLength, StorageClass: 'STANDARD' },
  ]);
});

it('has no page of more than a thousand, and an empty one for max-keys 0', async () => {
  await fill(['a']);
  const page = await local.client.listObjectsV2({ Bucket: bucket, MaxKeys: 5_000 }).promise();
  expect(page.MaxKeys).toBe(1_000);
  const none = await local.client.listObjectsV2({ Bucket: bucket, MaxKeys: 0 }).promise();
  expect([none.KeyCount, none.IsTruncated]).toEqual([0, false]);
});

it.each(['max-keys=-1', 'max-keys=x', 'encoding-type=base64', 'continuation-token=made-up'])(
  'refuses %s',
  async (parameter) => {
    const query = [parameter, 'list-type=2'].sort().join('&');
    const answer = await sendSigned({ url: local.server.url, method: 'GET', target: `/${bucket}?${query}` });
    expect(errorCode(answer)).toBe('InvalidArgument');
  },
);

it('keeps thousands of keys sorted through insertions and removals', () => {
  const begin = Array.from({ length: 3_000 }, (_, i) => `k${(i * 7_919) % 3_000}`);
  const set = new Set(begin);
  const keys = new SortedKeys(begin);
  for (let i = 0; i < 6_000; i++) {
    const key = `n${(i * 104_729) % 6_000}`;
    keys.add(key);
    set.add(key);
  }
  for (const key of [...set].filter((_, i) => i % 3 !== 0)) {
    keys.remove(key);
    set.delete(key);
  }
  const sorted = [...set].sort();
  expect([...keys.from('')]).toEqual(sorted);
  for (const bound of ['k15', 'n', 'k', 'zzz', sorted[1_500]!]) {
    expect([...keys.from(bound)]).toEqual(sorted.filter((key) => key >= bound));
  }
});
