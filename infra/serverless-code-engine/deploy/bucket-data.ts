import pMap from 'p-map';
import { iamTokenEndpoint, requiredSetting } from '../../../shared/config/settings.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { bucketEndpointHere } from '../place/cloud.ts';
import type { DeployContext } from './context.ts';

const deletionsAtOnce = 16;

/** Deletes every object of the bucket; resolves to their number. */
export async function removeBucketData(
  { service, env, cloud }: DeployContext,
  instanceId: string,
): Promise<number> {
  const store = openCosObjectStore({
    endpoint: bucketEndpointHere(env, cloud.region),
    bucket: service.provider.bucket,
    region: cloud.region,
    credentials: {
      kind: 'iam',
      apiKey: requiredSetting(env, 'IBMCLOUD_API_KEY'),
      serviceInstanceId: instanceId,
      tokenEndpoint: iamTokenEndpoint(env),
    },
  });
  let count = 0;
  await pMap(
    store.list(''),
    async ({ key }) => {
      await store.delete(key);
      count++;
    },
    { concurrency: deletionsAtOnce },
  );
  return count;
}
