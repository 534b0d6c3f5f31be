import { expect, it } from 'vitest';
import { errorCode, sendSigned } from '../../../fixtures/object-store/raw-request.ts';
import { sharedTemporaryStore } from '../../../fixtures/object-store/shared-temporary-store.ts';
import { bucket, outcomeOf } from '../../../fixtures/object-store/temporary-store.ts';

const local = sharedTemporaryStore();

it('makes, names, finds and removes buckets', async () => {
  const Bucket = 'another.bucket-1';
  await local.client
    .createBucket({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'us-south-standard' } })
    .promise();
  expect(await outcomeOf(local.client.createBucket({ Bucket }))).toBe('409 BucketAlreadyOwnedByYou');
  const { LocationConstraint } = await local.client.getBucketLocation({ Bucket }).promise();
  expect(LocationConstraint).toBe('us-south-standard');
  const { Buckets } = await local.client.listBuckets().promise();
  expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket, bucket]);
  await local.client.putObject({ Bucket, Key: 'k', Body: 'x' }).promise();
  expect(await outcomeOf(local.client.deleteBucket({ Bucket }))).toBe('409 BucketNotEmpty');
  await local.client.deleteObject({ Bucket, Key: 'k' }).promise();
  await local.client.deleteBucket({ Bucket }).promise();
  expect(await outcomeOf(local.client.headBucket({ Bucket }))).toBe('404 NotFound');
  expect(await outcomeOf(local.client.getObject({ Bucket, Key: 'k' }))).toBe('404 NoSuchBucket');
  for (const name of ['Upper', 'ab', 'a..b', '-a-', 'x'.repeat(64)]) {
    const answer = await sendSigned({ url: local.server.url, method: 'PUT', target: `/${name}` });
    expect(errorCode(answer)).toBe('InvalidBucketName');
  }
});
