import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Project } from '../api/client.ts';
import type { ServiceInstance } from '../api/resource-controller.ts';
import {
  findProject,
  missingOf,
  type Place,
  projectNameOf,
  refuseMissing,
  registryOf,
} from '../place/place.ts';
import type { DeployContext } from './context.ts';

/** The place as far as it is there. */
export interface FoundPlace {
  /** Null when there is none, and none was to be made. */
  readonly project: Project | null;
  readonly instance: ServiceInstance;
  readonly registry: string;
  /** What `--create` would make. */
  readonly missing: readonly string[];
}

/**
 * Looks for project, object storage, bucket and authorization; with `create` makes those of them that are missing,
 * object storage apart.
 * @throws CLOUD_NOT_FOUND without object storage, SERVICE_INVALID for a bucket of another region
 */
export async function findPlace(
  { cloud, service, owner, progress }: DeployContext,
  create: boolean,
): Promise<FoundPlace> {
  const { cosInstance, resourceGroup } = service.provider;
  const instance = await cloud.resources.objectStorage(cosInstance);
  const name = projectNameOf(service, owner);
  let project = await findProject(cloud, service, owner);
  const missing: string[] = [];
  if (project === null && create) {
    progress(`Creating project ${name} in ${cloud.region}`);
    const group = resourceGroup ?? (await cloud.resources.resourceGroup()).id;
    project = await cloud.codeEngine.createProject({ name, resource_group_id: group });
  }
  if (project === null) missing.push(`project ${name}`);
  else project = await cloud.codeEngine.waitForProject(project.id ?? '');
  const account = project?.account_id ?? instance.account_id ?? '';
  for (const one of project === null ? [] : await missingOf(cloud, service, project, instance)) {
    if (create) {
      progress(`Creating ${one.what}`);
      await one.create();
    } else {
      missing.push(one.what);
    }
  }
  return { project, instance, registry: registryOf(service, owner, account), missing };
}

/** @throws CLOUD_NOT_FOUND when something is missing */
export function completePlace(found: FoundPlace, { cloud, service }: DeployContext): Place {
  refuseMissing(found.missing, service);
  return { ...found, ...openedProject(found, cloud) };
}

/** @throws NOT_DEPLOYED without a project */
export async function deployedProject({ cloud, service, owner }: DeployContext) {
  const project = await findProject(cloud, service, owner);
  if (project !== null) return openedProject({ project }, cloud);
  throw new EarshotError('NOT_DEPLOYED', {
    field: `project ${projectNameOf(service, owner)} in ${cloud.region}`,
    expected: 'a project that was deployed to',
    received: 'none',
  });
}

function openedProject({ project }: Pick<FoundPlace, 'project'>, { codeEngine }: DeployContext['cloud']) {
  const { id = '', name } = project!;
  return { project: codeEngine.project(id), projectName: name };
}
