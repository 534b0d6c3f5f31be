import type S3 from 'ibm-cos-sdk/clients/s3.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { errorCode, sendSigned } from '../../../fixtures/object-store/raw-request.ts';
import {
  bucket,
  outcomeOf,
  plainClient,
  startTemporaryStore,
  type TemporaryStore,
} from '../../../fixtures/object-store/temporary-store.ts';

let local: TemporaryStore;
let client: S3;
beforeAll(async () => {
  local = await startTemporaryStore();
  client = plainClient(local.server.url);
});
afterAll(() => local.remove());

it('makes, names, finds and removes buckets', async () => {
  const Bucket = 'another.bucket-1';
  await client
    .createBucket({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'us-south-standard' } })
    .promise();
  expect(await outcomeOf(client.createBucket({ Bucket }))).toBe('409 BucketAlreadyOwnedByYou');
  const { LocationConstraint } = await client.getBucketLocation({ Bucket }).promise();
  expect(LocationConstraint).toBe('us-south-standard');
  const { Buckets } = await client.listBuckets().promise();
  expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket, bucket]);
  await client.putObject({ Bucket, Key: 'k', Body: 'x' }).promise();
  expect(await outcomeOf(client.deleteBucket({ Bucket }))).toBe('409 BucketNotEmpty');
  await client.deleteObject({ Bucket, Key: 'k' }).promise();
  await client.deleteBucket({ Bucket }).promise();
  expect(await outcomeOf(client.headBucket({ Bucket }))).toBe('404 NotFound');
  expect(await outcomeOf(client.getObject({ Bucket, Key: 'k' }))).toBe('404 NoSuchBucket');
  for (const name of ['Upper', 'ab', 'a..b', '-a-', 'x'.repeat(64)]) {
    const answer = await sendSigned({ url: local.server.url, method: 'PUT', target: `/${name}` });
    expect(errorCode(answer)).toBe('InvalidBucketName');
  }
});
