import { cosSettings, requiredSetting } from '../../../shared/config/settings.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { CodeEngine, CodeEngineProject, Project } from '../../serverless-code-engine/api/client.ts';
import { openCodeEngine } from '../../serverless-code-engine/api/code-engine.ts';
import type { Connection } from '../../serverless-code-engine/api/connection.ts';
import { type Endpoints, endpointsOf } from '../../serverless-code-engine/api/endpoints.ts';
import { openIamTokens } from '../../serverless-code-engine/api/iam-tokens.ts';
import type { Owner } from '../../serverless-code-engine/desired/resource-names.ts';
import { type IbmCloudCli, openIbmCloudCli } from '../../serverless-code-engine/ibmcloud-cli/run-ibmcloud.ts';
import { type Service, serviceOf } from '../../service/service.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A service and stage in IBM Cloud, deployed or not. */
export interface CloudPlace {
  readonly service: Service;
  readonly owner: Owner;
  readonly region: string;
  readonly env: Env;
  readonly endpoints: Endpoints;
  readonly connection: Connection;
  readonly codeEngine: CodeEngine;
  readonly cli: IbmCloudCli;
}

/** Makes no call. @throws SERVICE_INVALID; SETTING_INVALID without IBMCLOUD_API_KEY */
export function cloudPlace(configuration: unknown, env: Env): CloudPlace {
  const service = serviceOf(configuration);
  const { region, stage = 'dev' } = service.provider;
  if (region === undefined) {
    throw new EarshotError('SERVICE_INVALID', {
      file: 'serverless.yml',
      path: 'provider.region',
      expected: 'the region of the Code Engine project',
      received: 'nothing',
    });
  }
  const endpoints = endpointsOf(env, region);
  const tokens = openIamTokens({
    apiKey: requiredSetting(env, 'IBMCLOUD_API_KEY'),
    endpoint: endpoints.iam,
  });
  const connection = { tokens };
  return {
    service,
    owner: { service: service.service, stage },
    region,
    env,
    endpoints,
    connection,
    codeEngine: openCodeEngine(connection, endpoints.codeEngine),
    cli: openIbmCloudCli({ env }),
  };
}

export const projectName = ({ service, owner }: Pick<CloudPlace, 'service' | 'owner'>) =>
  service.provider.project ?? `${owner.service}-${owner.stage}`;

/** The project of the stage; null when there is none. */
export async function findProject(place: CloudPlace): Promise<Project | null> {
  const name = projectName(place);
  const found = (await place.codeEngine.projects()).filter((project) => project.name === name);
  return found.find(({ status }) => status === 'active') ?? found[0] ?? null;
}

/** @throws CLOUD_NOT_FOUND when the stage has no project */
export async function openProject(place: CloudPlace): Promise<CodeEngineProject> {
  const project = await findProject(place);
  if (project?.id !== undefined) return place.codeEngine.project(project.id);
  throw new EarshotError('CLOUD_NOT_FOUND', {
    resource: `project ${projectName(place)}`,
    expected: `one in ${place.region}`,
    received: 'none',
  });
}

/**
 * The bucket as this machine reaches it: by the region's public endpoint, with the API key. COS_ENDPOINT and keys of the
 * environment take their place.
 * @throws SETTING_INVALID
 */
export function openCloudBucket({ service, region, env, endpoints }: CloudPlace): ObjectStore {
  return openCosObjectStore(
    cosSettings({
      COS_ENDPOINT: `https://s3.${region}.cloud-object-storage.appdomain.cloud`,
      COS_BUCKET: service.provider.bucket,
      COS_REGION: region,
      COS_API_KEY: env['IBMCLOUD_API_KEY'],
      // Only calls about the instance itself need its id.
      COS_INSTANCE_ID: service.provider.cosInstance ?? 'the-one-of-the-bucket',
      IAM_ENDPOINT: endpoints.iam,
      ...given(env),
    }),
  );
}

const given = (env: Env) =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => name.startsWith('COS_') && value));
