import { cosSettings } from '../../../shared/config/settings.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type CosSettings, openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { CodeEngineProject } from '../../serverless-code-engine/api/client.ts';
import { ownedService } from '../../serverless-code-engine/deploy/context.ts';
import type { Owner } from '../../serverless-code-engine/desired/resource-names.ts';
import { bucketEndpointHere, type Cloud, openCloud } from '../../serverless-code-engine/place/cloud.ts';
import { findProject, projectNameOf } from '../../serverless-code-engine/place/place.ts';
import type { Service } from '../../service/service.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A service and stage in IBM Cloud, deployed or not. */
export interface CloudPlace {
  readonly service: Service;
  readonly owner: Owner;
  readonly env: Env;
  readonly cloud: Cloud;
}

/** Makes no call. @throws SERVICE_INVALID; SETTING_INVALID without IBMCLOUD_API_KEY */
export function cloudPlace(configuration: unknown, env: Env): CloudPlace {
  const { service, owner } = ownedService(configuration);
  return { service, owner, env, cloud: openCloud(env, regionOf(service)) };
}

/** @throws SERVICE_INVALID */
function regionOf({ provider: { region } }: Service): string {
  if (region !== undefined) return region;
  throw new EarshotError('SERVICE_INVALID', {
    file: 'serverless.yml',
    path: 'provider.region',
    expected: 'the region of the Code Engine project',
    received: 'nothing',
  });
}

/** @throws NOT_DEPLOYED when the stage has no project */
export async function openProject({ cloud, service, owner }: CloudPlace): Promise<CodeEngineProject> {
  const project = await findProject(cloud, service, owner);
  if (project?.id !== undefined) return cloud.codeEngine.project(project.id);
  throw new EarshotError('NOT_DEPLOYED', {
    field: `project ${projectNameOf(service, owner)} in ${cloud.region}`,
    expected: 'a project that was deployed to',
    received: 'none',
  });
}

/**
 * The bucket as this machine reaches it: by the region's public endpoint, with the API key. COS_ENDPOINT and keys of the
 * environment take their place.
 * @throws SETTING_INVALID
 */
export function cloudBucketSettings({ service, cloud, env }: CloudPlace): CosSettings {
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('COS_') && value);
  return cosSettings({
    COS_ENDPOINT: bucketEndpointHere(env, cloud.region),
    COS_BUCKET: service.provider.bucket,
    COS_REGION: cloud.region,
    COS_API_KEY: env['IBMCLOUD_API_KEY'],
    // Only calls about the instance itself need its id.
    COS_INSTANCE_ID: service.provider.cosInstance ?? 'the-one-of-the-bucket',
    IAM_ENDPOINT: env['IAM_ENDPOINT'],
    ...Object.fromEntries(given),
  });
}

export const openCloudBucket = (place: CloudPlace): ObjectStore =>
  openCosObjectStore(cloudBucketSettings(place));
