import { createHash } from 'node:crypto';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Service } from '../../service/service.ts';
import type { Grant } from '../api/authorization-policies.ts';
import type { CodeEngineProject, Project } from '../api/client.ts';
import type { ServiceInstance } from '../api/resource-controller.ts';
import type { Owner } from '../desired/resource-names.ts';
import { expectRegion } from './bucket.ts';
import type { Cloud } from './cloud.ts';

/** Where a deployment goes, all of it there. */
export interface Place {
  readonly project: CodeEngineProject;
  readonly projectName: string;
  readonly instance: ServiceInstance;
  /** `<host>/<namespace>` */
  readonly registry: string;
}

/** Something that a deployment needs and `--create` makes. */
export interface Missing {
  /** As it is told: `project earshot-prod`. */
  readonly what: string;
  create(): Promise<void>;
}

export const projectNameOf = ({ provider }: Service, { service, stage }: Owner) =>
  provider.project ?? `${service}-${stage}`;

/** The project of the service, null when there is none. */
export async function findProject(cloud: Cloud, service: Service, owner: Owner): Promise<Project | null> {
  const name = projectNameOf(service, owner);
  const found = (await cloud.codeEngine.projects()).filter(
    (one) => one.name === name && (one.region ?? cloud.region) === cloud.region && isThere(one),
  );
  return found[0] ?? null;
}

/** A deleted one lingers, and its name stays taken. */
const isThere = ({ status = 'active' }: Project) => /^(active|inactive|preparing|creating)$/.test(status);

/**
 * What the bucket and its events need: the first that is not as it must be and cannot be made ends it.
 * @throws SERVICE_INVALID for a bucket of another region, CLOUD_NOT_FOUND without object storage, and as CodeEngine
 */
export async function missingOf(
  cloud: Cloud,
  service: Service,
  project: Project,
  instance: ServiceInstance,
): Promise<Missing[]> {
  const { bucket } = service.provider;
  const buckets = cloud.buckets(instance.guid);
  const location = await buckets.location(bucket);
  if (location !== null) expectRegion(bucket, location, cloud.region);
  const grant = notifications(project, instance);
  const granted = await cloud.policies.find(grant);
  return [
    ...(location === null
      ? [{ what: `bucket ${bucket} in ${cloud.region}`, create: () => buckets.create(bucket, cloud.region) }]
      : []),
    ...(granted === null
      ? [
          {
            what: `authorization ${grant.role} of project ${project.name} on object storage ${instance.name}`,
            create: async () => void (await cloud.policies.create(grant)),
          },
        ]
      : []),
  ];
}

/** Lets the project set notifications on buckets of the instance, without which no event comes. */
export function notifications(project: Project, instance: ServiceInstance): Grant {
  return {
    accountId: accountOf(project, instance),
    source: { service: 'codeengine', instance: project.id ?? '' },
    target: { service: 'cloud-object-storage', instance: instance.guid },
    role: 'Notifications Manager',
  };
}

const accountOf = (project: Project, instance: ServiceInstance) =>
  project.account_id ?? instance.account_id ?? '';

/** @throws CLOUD_NOT_FOUND: what is missing, all of it, and how to make it */
export function refuseMissing(missing: readonly string[], service: Service): void {
  if (missing.length === 0) return;
  throw new EarshotError('CLOUD_NOT_FOUND', {
    expected: `in the account of the API key, in ${service.provider.region}: ${missing.join('; ')}`,
    received: 'none',
    findings: ['serverless deploy --create makes what is missing; docs/deploy.md says how to do it by hand.'],
  });
}

/** Hosts of the IBM Cloud Container Registry by region; elsewhere the global one. */
const registryHosts: Readonly<Record<string, string>> = {
  'au-syd': 'au.icr.io',
  'br-sao': 'br.icr.io',
  'ca-tor': 'ca.icr.io',
  'eu-de': 'de.icr.io',
  'eu-es': 'es.icr.io',
  'eu-gb': 'uk.icr.io',
  'jp-osa': 'jp2.icr.io',
  'jp-tok': 'jp.icr.io',
  'us-south': 'us.icr.io',
};

/** Namespaces are taken account by account, so the usual one has a piece of the account's digest in its name. */
export function registryOf({ provider }: Service, { service }: Owner, accountId: string): string {
  if (provider.registry !== undefined) return provider.registry;
  const host = registryHosts[provider.region ?? ''] ?? 'icr.io';
  const account = createHash('sha256').update(accountId).digest('hex').slice(0, 8);
  return `${host}/${service.slice(0, 20)}-${account}`;
}
