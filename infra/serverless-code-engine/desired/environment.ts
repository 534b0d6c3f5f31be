import { isSecretSetting } from '../../../shared/config/settings.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Service } from '../../service/service.ts';
import type { EnvVariable } from '../api/schemas/common.ts';
import { type Owner, resourceName } from './resource-names.ts';

/** The marking of apps, functions and jobs, which have no labels. */
export const ownerVariables = { service: 'EARSHOT_SERVICE', stage: 'EARSHOT_STAGE' } as const;

/** What the deployment gives from its secrets, or by `public`; serverless.yml may not say it in plain. */
const isOfDeployment = (variable: string) =>
  isSecretSetting(variable) || ['COS_ACCESS_KEY_ID', 'EARSHOT_PUBLIC'].includes(variable);
const mostVariables = 100;

export interface Environment {
  /** Where in serverless.yml it comes from, e.g. `functions.infer`. */
  readonly path: string;
  readonly variables: Readonly<Record<string, string>>;
}

export const literal = (name: string, value: string): EnvVariable => ({ type: 'literal', name, value });

export const fromSecret = (name: string, reference: string, key: string): EnvVariable => ({
  type: 'secret_key_reference',
  name,
  key,
  reference,
});

/** The HMAC key of the bucket. */
export const bucketKey = (secret: string): EnvVariable[] => [
  fromSecret('COS_ACCESS_KEY_ID', secret, 'access_key_id'),
  fromSecret('COS_SECRET_ACCESS_KEY', secret, 'secret_access_key'),
];

/**
 * The variables of a function, app or job, by name: marking and place of the bucket, over them the provider's
 * environment, over that its own; last what comes from secrets.
 * @throws SERVICE_INVALID for a secret in plain, for two values of one variable, and for more than 100 variables
 */
export function environmentOf(
  service: Service,
  owner: Owner,
  own: readonly Environment[],
  secrets: readonly EnvVariable[],
): EnvVariable[] {
  const { environment = {} } = service.provider;
  for (const one of [{ path: 'provider', variables: environment }, ...own]) refuseSecrets(one);
  const plain: Record<string, string> = {
    [ownerVariables.service]: owner.service,
    [ownerVariables.stage]: owner.stage,
    ...placeOfBucket(service),
    ...environment,
    ...merged(own),
  };
  const job = plain['EARSHOT_JOB'] ?? Object.keys(service.jobs)[0];
  if (job !== undefined && job in service.jobs) plain['EARSHOT_JOB'] = resourceName(owner, job);
  const variables = Object.entries(plain).map(([name, value]) => literal(name, value));
  const taken = new Set(secrets.map(nameOf));
  variables.splice(0, variables.length, ...variables.filter((one) => !taken.has(nameOf(one))), ...secrets);
  if (variables.length > mostVariables) {
    throw new EarshotError('SERVICE_INVALID', {
      file: 'serverless.yml',
      path: `${own[0]?.path ?? 'provider'}.environment`,
      expected: `at most ${mostVariables} variables, those of the deployment included`,
      received: `${variables.length}`,
    });
  }
  return variables.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** Code Engine reaches the bucket by the direct endpoint of its region, which is not billed and not public. */
function bucketEndpoint({ provider: { region, cosEndpoint } }: Service): string {
  return cosEndpoint ?? `https://s3.direct.${region}.cloud-object-storage.appdomain.cloud`;
}

function placeOfBucket(service: Service): Record<string, string> {
  const { bucket, region } = service.provider;
  return { COS_ENDPOINT: bucketEndpoint(service), COS_BUCKET: bucket, COS_REGION: region ?? '' };
}

function merged(environments: readonly Environment[]): Record<string, string> {
  const seen = new Map<string, { path: string; value: string }>();
  for (const { path, variables } of environments) {
    for (const [name, value] of Object.entries(variables)) {
      const other = seen.get(name);
      if (other !== undefined && other.value !== value) {
        throw new EarshotError('SERVICE_INVALID', {
          file: 'serverless.yml',
          path: `${path}.environment.${name}`,
          expected: `${JSON.stringify(other.value)} as ${other.path} has it: event functions share one app`,
          received: JSON.stringify(value),
        });
      }
      seen.set(name, { path, value });
    }
  }
  return Object.fromEntries([...seen].map(([name, { value }]) => [name, value]));
}

function refuseSecrets({ path, variables }: Environment): void {
  const name = Object.keys(variables).find(isOfDeployment);
  const marking = Object.keys(variables).find((one) => one in marked);
  if (name === undefined && marking === undefined) return;
  throw new EarshotError('SERVICE_INVALID', {
    file: 'serverless.yml',
    path: `${path}.environment.${name ?? marking}`,
    expected: 'no such variable: the deployment sets it, from a secret or as its marking',
    received: 'one',
  });
}

const marked = Object.fromEntries(Object.values(ownerVariables).map((name) => [name, true]));

const nameOf = (variable: EnvVariable) => ('name' in variable ? variable.name : variable.reference);
