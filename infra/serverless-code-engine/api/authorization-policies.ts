import * as z from 'zod';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { create, read, remove } from './calls.ts';
import type { Connection } from './connection.ts';

/** One service's instance may act on another's. */
export interface Grant {
  readonly accountId: string;
  /** Who acts: `codeengine` and the id of the project. */
  readonly source: ServiceInstanceRef;
  /** On what: `cloud-object-storage` and the GUID of the instance. */
  readonly target: ServiceInstanceRef;
  /** Display name of a role of the target, e.g. `Notifications Manager`. */
  readonly role: string;
}

interface ServiceInstanceRef {
  readonly service: string;
  readonly instance: string;
}

/** Authorizations between services, in IAM. Methods throw as those of `CodeEngine` do. */
export interface AuthorizationPolicies {
  /** Id of a policy that gives at least this; null when there is none. */
  find(grant: Grant): Promise<string | null>;
  /** Id of the new policy. Needs the Administrator role on the target. @throws CLOUD_NOT_FOUND for an unknown role */
  create(grant: Grant): Promise<string>;
  /** One that is gone already is no error. */
  remove(id: string): Promise<void>;
}

const attributes = z.array(z.looseObject({ name: z.string(), value: z.string() }));
const holder = z.looseObject({ attributes: attributes.default([]) });
const policyAnswer = z.looseObject({
  id: z.string(),
  subjects: z.array(holder).default([]),
  roles: z.array(z.looseObject({ role_id: z.string(), display_name: z.string().optional() })).default([]),
  resources: z.array(holder).default([]),
});
const policiesAnswer = z.looseObject({ policies: z.array(policyAnswer) });
const roles = z.array(z.looseObject({ display_name: z.string(), crn: z.string().optional() })).default([]);
const rolesAnswer = z.looseObject({ service_roles: roles, system_roles: roles, custom_roles: roles });

type Holder = z.output<typeof holder>;

/** @param endpoint base URL of IAM */
export function openAuthorizationPolicies(connection: Connection, endpoint: string): AuthorizationPolicies {
  const find = async (grant: Grant) => {
    const query = new URLSearchParams({ account_id: grant.accountId, type: 'authorization' });
    const found = await read(connection, {
      url: `${endpoint}/v1/policies?${query}`,
      resource: `authorizations of ${grant.source.service}`,
      answer: policiesAnswer,
    });
    return found?.policies.find((policy) => gives(policy, grant))?.id ?? null;
  };

  return {
    find,
    async create(grant) {
      const { source, target, accountId, role } = grant;
      const resource = `authorization ${role} of ${source.service} on ${target.service}`;
      const roleId = await roleIdOf(connection, endpoint, grant, resource);
      const effect = async () => {
        const id = await find(grant);
        return id === null ? null : { id };
      };
      const { id } = await create(connection, {
        url: `${endpoint}/v1/policies`,
        resource,
        body: {
          type: 'authorization',
          subjects: [{ attributes: attributesOf(accountId, source) }],
          roles: [{ role_id: roleId }],
          resources: [{ attributes: attributesOf(accountId, target) }],
        },
        answer: z.looseObject({ id: z.string() }),
        effect,
      });
      return id;
    },
    remove: (id) =>
      remove(connection, `${endpoint}/v1/policies/${encodeURIComponent(id)}`, `authorization ${id}`),
  };
}

/** The role's CRN is asked for by its name: it is published nowhere. */
async function roleIdOf(
  connection: Connection,
  endpoint: string,
  { accountId, source, target, role }: Grant,
  resource: string,
): Promise<string> {
  const query = new URLSearchParams({
    account_id: accountId,
    service_name: target.service,
    source_service_name: source.service,
    policy_type: 'authorization',
  });
  const subject = { resource: `roles of ${target.service}`, answer: rolesAnswer };
  const found = await read(connection, { ...subject, url: `${endpoint}/v2/roles?${query}` });
  const all = [found?.service_roles, found?.system_roles, found?.custom_roles].flatMap((some) => some ?? []);
  const crn = all.find(({ display_name }) => display_name === role)?.crn;
  if (crn !== undefined) return crn;
  const received = all.map(({ display_name }) => display_name).join(', ') || 'no role';
  throw new EarshotError('CLOUD_NOT_FOUND', { resource, expected: `the role ${role}`, received });
}

const attributesOf = (accountId: string, { service, instance }: ServiceInstanceRef) => [
  { name: 'accountId', value: accountId },
  { name: 'serviceName', value: service },
  { name: 'serviceInstance', value: instance },
];

/** A policy for all instances gives that of one; with a condition of another kind it is not known what it gives. */
function gives({ subjects, roles, resources }: z.output<typeof policyAnswer>, grant: Grant): boolean {
  const covers = (some: readonly Holder[], ref: ServiceInstanceRef) =>
    some.some(({ attributes }) => {
      const wanted: Readonly<Record<string, string>> = {
        accountId: grant.accountId,
        serviceName: ref.service,
        serviceInstance: ref.instance,
      };
      const names = attributes.map(({ name }) => name);
      return names.includes('serviceName') && attributes.every(({ name, value }) => wanted[name] === value);
    });
  const hasRole = roles.some(
    ({ role_id, display_name }) =>
      display_name === grant.role || role_id.endsWith(`:${grant.role.replaceAll(' ', '')}`),
  );
  return hasRole && covers(subjects, grant.source) && covers(resources, grant.target);
}
