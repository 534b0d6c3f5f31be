import * as z from 'zod';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { create, read, remove } from './calls.ts';
import type { Connection } from './connection.ts';

const instanceAnswer = z.looseObject({
  /** CRN. */
  id: z.string(),
  guid: z.string(),
  name: z.string(),
  state: z.string().optional(),
  account_id: z.string().optional(),
  resource_group_id: z.string().optional(),
});
const keyAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  /** CRN of the instance. */
  source_crn: z.string().optional(),
  state: z.string().optional(),
  /** To a reader without the rights for it `{REDACTED: …}`. */
  credentials: z
    .looseObject({
      cos_hmac_keys: z.looseObject({ access_key_id: z.string(), secret_access_key: z.string() }).optional(),
      iam_role_crn: z.string().optional(),
    })
    .optional(),
});
const groupAnswer = z.looseObject({ id: z.string(), name: z.string(), default: z.boolean().optional() });

export type ServiceInstance = z.output<typeof instanceAnswer>;
export type ResourceGroup = z.output<typeof groupAnswer>;

/** Service credentials of object storage. */
export interface HmacKey {
  /** What `removeKey` takes. */
  readonly id: string;
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Instances of services, their credentials, and resource groups. Methods throw as those of `CodeEngine` do. */
export interface ResourceController {
  /**
   * The instance of Cloud Object Storage of this name, GUID or CRN; the only one when none is given.
   * @throws CLOUD_NOT_FOUND naming those that there are, also when several have the name
   */
  objectStorage(nameOrId?: string): Promise<ServiceInstance>;
  /** null when the instance has no credentials of this name. @throws CLOUD_FORBIDDEN when their values are hidden */
  hmacKey(instance: ServiceInstance, name: string): Promise<HmacKey | null>;
  /** Service credentials with an HMAC pair, for the whole instance. */
  createHmacKey(instance: ServiceInstance, name: string, role: 'Reader' | 'Writer'): Promise<HmacKey>;
  /** One that is gone already is no error. */
  removeKey(id: string): Promise<void>;
  /** @throws CLOUD_NOT_FOUND; the account's default group when no name is given */
  resourceGroup(name?: string): Promise<ResourceGroup>;
}

/** @param endpoint base URL of the Resource Controller */
export function openResourceController(connection: Connection, endpoint: string): ResourceController {
  const all = <S extends z.ZodType>(
    path: string,
    query: Record<string, string>,
    resource: string,
    answer: S,
  ) => listAll(connection, endpoint, path, query, resource, answer);

  const hmacKey = async (instance: ServiceInstance, name: string): Promise<HmacKey | null> => {
    const keys = await all('/v2/resource_keys', { name }, `credentials ${name}`, keyAnswer);
    const key = keys.find(
      (each) => each.name === name && each.source_crn === instance.id && each.state !== 'removed',
    );
    return key === undefined ? null : hmacOf(key);
  };

  return {
    async objectStorage(nameOrId) {
      const resource = `object storage ${nameOrId ?? '(the only one)'}`;
      const query = { type: 'service_instance' };
      const instances = (await all('/v2/resource_instances', query, resource, instanceAnswer)).filter(
        ({ id, state }) => id.includes(':cloud-object-storage:') && state !== 'removed',
      );
      const [found, ...others] = instances.filter(
        ({ id, guid, name }) => nameOrId === undefined || [id, guid, name].includes(nameOrId),
      );
      if (found !== undefined && others.length === 0) return found;
      throw new EarshotError('CLOUD_NOT_FOUND', {
        resource,
        expected: 'one instance of Cloud Object Storage with this name, GUID or CRN',
        received: instances.map(({ name, guid }) => `${name} (${guid})`).join(', ') || 'none in the account',
      });
    },
    hmacKey,
    async createHmacKey(instance, name, role) {
      const made = await create(connection, {
        url: `${endpoint}/v2/resource_keys`,
        resource: `credentials ${name}`,
        body: { name, source: instance.id, role, parameters: { HMAC: true } },
        answer: keyAnswer.transform(hmacOf),
        effect: () => hmacKey(instance, name),
      });
      return made;
    },
    removeKey: (id) =>
      remove(connection, `${endpoint}/v2/resource_keys/${encodeURIComponent(id)}`, 'service credentials'),
    async resourceGroup(wanted) {
      const resource = `resource group ${wanted ?? '(default)'}`;
      const groups = await all('/v2/resource_groups', {}, resource, groupAnswer);
      const group = groups.find(({ name, default: isDefault }) =>
        wanted === undefined ? isDefault === true : name === wanted,
      );
      if (group !== undefined) return group;
      const received = groups.map(({ name }) => name).join(', ') || 'none';
      throw new EarshotError('CLOUD_NOT_FOUND', { resource, received });
    },
  };
}

function hmacOf({ id, name, credentials }: z.output<typeof keyAnswer>): HmacKey {
  const pair = credentials?.cos_hmac_keys;
  if (pair !== undefined) {
    return { id, name, accessKeyId: pair.access_key_id, secretAccessKey: pair.secret_access_key };
  }
  const hidden = credentials !== undefined && 'REDACTED' in credentials;
  throw new EarshotError(hidden ? 'CLOUD_FORBIDDEN' : 'CLOUD_CONFLICT', {
    resource: `credentials ${name}`,
    expected: 'service credentials with an HMAC pair',
    received: hidden ? 'values hidden from this API key' : 'credentials without one',
  });
}

/** All pages; `next_url` is a path with the query of the next. */
async function listAll<S extends z.ZodType>(
  connection: Connection,
  endpoint: string,
  path: string,
  query: Record<string, string>,
  resource: string,
  answer: S,
): Promise<z.output<S>[]> {
  const pageAnswer = z.looseObject({ next_url: z.string().nullish(), resources: z.array(answer) });
  const found: z.output<S>[] = [];
  const seen = new Set<string | null>();
  let start: string | null = null;
  do {
    seen.add(start);
    const search: URLSearchParams = new URLSearchParams({ ...query, ...(start === null ? {} : { start }) });
    const page: z.output<typeof pageAnswer> | null = await read(connection, {
      url: `${endpoint}${path}?${search}`,
      resource,
      answer: pageAnswer,
    });
    found.push(...(page?.resources ?? []));
    start = page?.next_url ? new URL(page.next_url, endpoint).searchParams.get('start') : null;
  } while (start !== null && !seen.has(start));
  return found;
}
