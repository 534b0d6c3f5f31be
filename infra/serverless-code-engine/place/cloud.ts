import { type Environment, optionalSetting, requiredSetting } from '../../../shared/config/settings.ts';
import { type AuthorizationPolicies, openAuthorizationPolicies } from '../api/authorization-policies.ts';
import type { CodeEngine } from '../api/client.ts';
import { openCodeEngine } from '../api/code-engine.ts';
import type { Connection } from '../api/connection.ts';
import { endpointsOf } from '../api/endpoints.ts';
import { openIamTokens } from '../api/iam-tokens.ts';
import { openResourceController, type ResourceController } from '../api/resource-controller.ts';
import { type Buckets, openBuckets } from './bucket.ts';

/** The services of IBM Cloud that a deployment works with, in one region. */
export interface Cloud {
  readonly region: string;
  readonly codeEngine: CodeEngine;
  readonly resources: ResourceController;
  readonly policies: AuthorizationPolicies;
  buckets(instanceId: string): Buckets;
}

/** Makes no call. @throws SETTING_INVALID without IBMCLOUD_API_KEY */
export function openCloud(
  env: Environment,
  region: string,
  options: Pick<Connection, 'pause' | 'onRetry'> = {},
): Cloud {
  const endpoints = endpointsOf(env, region);
  const apiKey = requiredSetting(env, 'IBMCLOUD_API_KEY');
  const connection: Connection = {
    tokens: openIamTokens({ apiKey, endpoint: endpoints.iam, ...options }),
    ...options,
  };
  return {
    region,
    codeEngine: openCodeEngine(connection, endpoints.codeEngine),
    resources: openResourceController(connection, endpoints.resourceController),
    policies: openAuthorizationPolicies(connection, endpoints.iam),
    buckets: (instanceId) =>
      openBuckets({ connection, endpoint: bucketEndpointHere(env, region), instanceId }),
  };
}

/** The public endpoint: the direct one is reached only from within IBM Cloud. */
export const bucketEndpointHere = (env: Environment, region: string) =>
  optionalSetting(env, 'COS_ENDPOINT', `https://s3.${region}.cloud-object-storage.appdomain.cloud`);
