import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import type { OpenedStore } from '../contract/object-store-contract.ts';
import type { RunningServer } from '../contract/s3/s3-conformance.ts';
import { bucket, plainClient, settingsFor } from '../fixtures/object-store/temporary-store.ts';

/** A server of others with a bucket, behind the adapter. */
export async function openContractBucket(start: () => Promise<RunningServer>): Promise<OpenedStore> {
  const { url, location, close } = await start();
  const CreateBucketConfiguration = { LocationConstraint: location };
  await plainClient(url).createBucket({ Bucket: bucket, CreateBucketConfiguration }).promise();
  return { store: openCosObjectStore(settingsFor(url)), close };
}
