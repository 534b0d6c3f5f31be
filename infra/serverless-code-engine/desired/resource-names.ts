import { EarshotError } from '../../../shared/errors/earshot-error.ts';

/** Whose a resource is: every resource carries both. */
export interface Owner {
  readonly service: string;
  readonly stage: string;
}

/** Characters of a name in a Code Engine project, at most. */
const longest = 63;
const pattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/**
 * `<service>-<stage>-<part>`. Two services can come to the same name (`a-b`, `c` and `a`, `b-c`); the marking in the
 * resource tells them apart.
 * @throws SERVICE_INVALID when Code Engine would not take the name
 */
export function resourceName({ service, stage }: Owner, part: string): string {
  const name = `${service}-${stage}-${part}`;
  if (name.length <= longest && pattern.test(name)) return name;
  throw new EarshotError('SERVICE_INVALID', {
    file: 'serverless.yml',
    field: 'service, stage and the names of functions and jobs',
    expected: `together at most ${longest} lower-case letters, digits and hyphens, a letter first`,
    received: `${name} (${name.length})`,
  });
}

/** Names of what a deployment makes beside functions and jobs. */
export const parts = {
  /** The app that receives the events. */
  eventsApp: 'events',
  /** Config map: who deploys, what is ours, digests of the secrets. */
  record: 'deployment',
  registrySecret: 'registry',
  readSecret: 'cos-read',
  writeSecret: 'cos-write',
  apiKeySecret: 'api-key',
  eventsSecret: 'events-key',
  jobsSecret: 'jobs-key',
} as const;
