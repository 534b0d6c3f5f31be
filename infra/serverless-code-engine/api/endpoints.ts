import { type Environment, optionalSetting } from '../../../shared/config/settings.ts';

/** Base URLs of IBM Cloud's services. */
export interface Endpoints {
  /** Of the Code Engine API, without `/v2`. */
  readonly codeEngine: string;
  readonly iam: string;
  /** Of the Resource Controller and the Resource Manager. */
  readonly resourceController: string;
}

/**
 * The services of a region, each of them elsewhere when the environment says so: that is how stand-ins take their place.
 * @param network `private` is reached only from within IBM Cloud
 */
export function endpointsOf(
  env: Environment,
  region: string,
  network: 'public' | 'private' = 'public',
): Endpoints {
  const inside = network === 'private' ? 'private.' : '';
  return {
    codeEngine: optionalSetting(
      env,
      'CE_API_BASE_URL',
      `https://api.${inside}${region}.codeengine.cloud.ibm.com`,
    ),
    iam: optionalSetting(env, 'IAM_ENDPOINT', `https://${inside}iam.cloud.ibm.com`),
    resourceController: optionalSetting(
      env,
      'RESOURCE_CONTROLLER_ENDPOINT',
      `https://${inside}resource-controller.cloud.ibm.com`,
    ),
  };
}
