import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { call } from '../api/caller.ts';
import { cloudError } from '../api/cloud-error.ts';
import type { Connection } from '../api/connection.ts';

/** Buckets of an object-storage instance, as the person who deploys may see and make them. */
export interface Buckets {
  /** Location constraint, e.g. `eu-de-smart`; null when there is no such bucket. @throws CLOUD_FORBIDDEN for another's */
  location(bucket: string): Promise<string | null>;
  /** A regional bucket of the storage class `smart`, which needs no forecast of how it is read. */
  create(bucket: string, region: string): Promise<void>;
}

export interface BucketsOptions {
  readonly connection: Connection;
  /** Of the region, as this machine reaches it. */
  readonly endpoint: string;
  /** GUID of the instance that new buckets belong to. */
  readonly instanceId: string;
}

const expected = [200, 404];

/** The S3 protocol with IAM tokens. */
export function openBuckets({ connection, endpoint, instanceId }: BucketsOptions): Buckets {
  const headers = { 'ibm-service-instance-id': instanceId };
  const location = async (bucket: string) => {
    const resource = `bucket ${bucket}`;
    const url = `${endpoint}/${bucket}?location`;
    const { answer } = await call(connection, { method: 'GET', url, headers }, { resource });
    if (!expected.includes(answer.status)) throw cloudError(resource, answer);
    if (answer.status === 404) return null;
    return /<LocationConstraint[^>]*>([^<]*)</.exec(answer.text)?.[1] ?? '';
  };
  return {
    location,
    async create(bucket, region) {
      const resource = `bucket ${bucket}`;
      const body = `<CreateBucketConfiguration><LocationConstraint>${region}-smart</LocationConstraint></CreateBucketConfiguration>`;
      const called = await call<string>(
        connection,
        {
          method: 'PUT',
          url: `${endpoint}/${bucket}`,
          headers: { ...headers, 'content-type': 'application/xml' },
          body,
        },
        { resource, effect: () => location(bucket) },
      );
      if ('effect' in called || called.answer.status === 200) return;
      throw cloudError(resource, called.answer);
    },
  };
}

/** Events reach only regional buckets of the project's region. @throws SERVICE_INVALID */
export function expectRegion(bucket: string, location: string, region: string): void {
  if (location.startsWith(`${region}-`)) return;
  throw new EarshotError('SERVICE_INVALID', {
    file: 'serverless.yml',
    path: 'provider.bucket',
    expected: `a regional bucket in ${region}, the region of the project`,
    received: `${bucket} in ${location || 'an unknown place'}`,
  });
}
