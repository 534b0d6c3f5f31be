import type { Environment } from '../../../shared/config/settings.ts';
import { type Service, serviceOf } from '../../service/service.ts';
import type { Owner } from '../desired/resource-names.ts';
import type { Cloud } from '../place/cloud.ts';
import type { SubscriptionDriver } from '../subscriptions/subscription-driver.ts';
import type { DeploymentImages, ImageSources } from './deployment-images.ts';

/** What every command on a deployment is given. */
export interface DeployContext {
  readonly service: Service;
  readonly owner: Owner;
  /** Folder of serverless.yml. */
  readonly root: string;
  readonly env: Environment;
  readonly cloud: Cloud;
  /** The result, on standard output. */
  readonly print: (line: string) => void;
  /** What goes on meanwhile, on standard error. */
  readonly progress: (line: string) => void;
  readonly now: () => Date;
  /** This process, for the record of the deployment. */
  readonly holder: { readonly id: string; readonly host: string; readonly pid: number };
  readonly isAlive: (pid: number) => boolean;
  /** Bundles, and what registries hold of them. */
  readonly openImages: (sources: ImageSources) => Promise<DeploymentImages>;
  /** How subscriptions of a project are made. */
  readonly openDriver: (projectId: string, by: 'ibmcloud' | 'print') => SubscriptionDriver;
}

/** Service and owner of a resolved configuration. @throws SERVICE_INVALID */
export function ownedService(configuration: unknown): { service: Service; owner: Owner } {
  const service = serviceOf(configuration);
  return { service, owner: { service: service.service, stage: service.provider.stage ?? 'dev' } };
}
