import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { sendSigned } from '../../fixtures/object-store/raw-request.ts';
import { outcomeOf } from '../../fixtures/object-store/temporary-store.ts';
import { bucketNamed, type Check, said, yesOrNo } from './check.ts';

export const bucketChecks: readonly Check[] = [
  {
    name: 'makes, finds, lists and removes buckets',
    expected: { make: 'ok', find: 'ok', listed: 'yes', remove: 'ok', 'find then': '404 NotFound' },
    async observe(subject) {
      const { client } = subject;
      const Bucket = 'made.found-removed';
      const make = await outcomeOf(client.createBucket(bucketNamed(subject, Bucket)));
      const find = await outcomeOf(client.headBucket({ Bucket }));
      const { Buckets = [] } = await client.listBuckets().promise();
      return {
        make,
        find,
        listed: yesOrNo(Buckets.some(({ Name, CreationDate }) => Name === Bucket && CreationDate)),
        remove: await outcomeOf(client.deleteBucket({ Bucket })),
        'find then': await outcomeOf(client.headBucket({ Bucket })),
      };
    },
  },
  {
    name: 'does not make a bucket that is there',
    expected: { again: '409 BucketAlreadyOwnedByYou' },
    async observe(subject) {
      return { again: await outcomeOf(subject.client.createBucket(bucketNamed(subject, subject.bucket))) };
    },
  },
  {
    name: 'keeps the LocationConstraint of a bucket',
    expected: { kept: 'as given' },
    async observe({ url, bucket, location }) {
      const answer = await sendSigned({ url, method: 'GET', target: `/${bucket}?location=` });
      const kept = />([^<]*)<\/LocationConstraint>/.exec(answer.body.toString())?.[1];
      return { kept: kept === location ? 'as given' : (kept ?? 'absent') };
    },
  },
  {
    name: 'does not remove a bucket that holds something',
    expected: { full: '409 BucketNotEmpty', empty: 'ok' },
    async observe(subject) {
      const { client } = subject;
      const Bucket = 'not-empty';
      await client.createBucket(bucketNamed(subject, Bucket)).promise();
      await client.putObject({ Bucket, Key: 'k', Body: 'x' }).promise();
      const full = await outcomeOf(client.deleteBucket({ Bucket }));
      await client.deleteObject({ Bucket, Key: 'k' }).promise();
      return { full, empty: await outcomeOf(client.deleteBucket({ Bucket })) };
    },
  },
  {
    name: 'says NoSuchBucket of a bucket that is not there',
    expected: {
      get: '404 NoSuchBucket',
      put: '404 NoSuchBucket',
      delete: '404 NoSuchBucket',
      list: '404 NoSuchBucket',
      'begin a multipart upload': '404 NoSuchBucket',
      'remove it': '404 NoSuchBucket',
    },
    async observe({ client }) {
      const Bucket = 'never-made';
      const at = { Bucket, Key: 'k' };
      return {
        get: await outcomeOf(client.getObject(at)),
        put: await outcomeOf(client.putObject({ ...at, Body: 'x' })),
        delete: await outcomeOf(client.deleteObject(at)),
        list: await outcomeOf(client.listObjectsV2({ Bucket })),
        'begin a multipart upload': await outcomeOf(client.createMultipartUpload(at)),
        'remove it': await outcomeOf(client.deleteBucket({ Bucket })),
      };
    },
  },
  {
    name: 'refuses names that no bucket may have',
    expected: {
      Upper: '400 InvalidBucketName',
      ab: '400 InvalidBucketName',
      'a..b': '400 InvalidBucketName',
      '-a-': '400 InvalidBucketName',
      '64 characters': '400 InvalidBucketName',
    },
    async observe({ url, location }) {
      const body = Buffer.from(
        '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
          `<LocationConstraint>${location}</LocationConstraint></CreateBucketConfiguration>`,
      );
      const make = (name: string) => said(sendSigned({ url, method: 'PUT', target: `/${name}`, body }));
      return {
        Upper: await make('Upper'),
        ab: await make('ab'),
        'a..b': await make('a..b'),
        '-a-': await make('-a-'),
        '64 characters': await make('x'.repeat(64)),
      };
    },
  },
  {
    name: 'lists buckets with their locations, by prefix and in pages (ListBucketsExtended of COS)',
    expected: { first: 'ext-a, ext-b, more', second: 'ext-c', locations: 'as given' },
    async observe(subject) {
      const { client, location } = subject;
      const names = ['ext-a', 'ext-b', 'ext-c'];
      for (const name of names) await client.createBucket(bucketNamed(subject, name)).promise();
      const list = (Marker: string) =>
        client.listBucketsExtended({ Prefix: 'ext-', MaxKeys: 2, Marker }).promise();
      const tell = ({ Buckets = [], IsTruncated }: S3.ListBucketsExtendedOutput) =>
        [...Buckets.map(({ Name }) => Name), ...(IsTruncated === true ? ['more'] : [])].join(', ');
      const [first, second] = [await list(''), await list('ext-b')];
      const locations = new Set(first.Buckets?.map(({ LocationConstraint }) => LocationConstraint));
      for (const Bucket of names) await client.deleteBucket({ Bucket }).promise();
      return {
        first: tell(first),
        second: tell(second),
        locations: [...locations].join() === location ? 'as given' : [...locations].join() || 'absent',
      };
    },
  },
];
