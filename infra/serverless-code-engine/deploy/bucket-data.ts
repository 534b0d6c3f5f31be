import pMap from 'p-map';
import { iamTokenEndpoint, requiredSetting } from '../../../shared/config/settings.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { CosSettings } from '../../../shared/storage/cos-settings.ts';
import { bucketEndpointHere } from '../place/cloud.ts';
import type { HmacKey } from '../plan/plan-secrets.ts';
import type { DeployContext } from './context.ts';

const deletionsAtOnce = 16;

/**
 * Deletes every object of the bucket; resolves to their number.
 * @param key that of the deployment; without it the API key stands in
 */
export async function removeBucketData(
  { service, env, cloud }: DeployContext,
  instanceId: string,
  key: HmacKey | null,
): Promise<number> {
  const credentials: CosSettings['credentials'] =
    key === null
      ? {
          kind: 'iam',
          apiKey: requiredSetting(env, 'IBMCLOUD_API_KEY'),
          serviceInstanceId: instanceId,
          tokenEndpoint: iamTokenEndpoint(env),
        }
      : { kind: 'hmac', accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey };
  const store = openCosObjectStore({
    endpoint: bucketEndpointHere(env, cloud.region),
    bucket: service.provider.bucket,
    region: cloud.region,
    credentials,
  });
  let count = 0;
  await pMap(
    store.list(''),
    async ({ key: name }) => {
      await store.delete(name);
      count++;
    },
    { concurrency: deletionsAtOnce },
  );
  return count;
}
