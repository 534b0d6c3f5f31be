import { createHmac, randomBytes } from 'node:crypto';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Desired } from '../api/resources.ts';
import type { DesiredSecret } from '../desired/desired-secrets.ts';
import type { ActualState } from './actual-state.ts';
import type { Difference } from './differences.ts';

/** What is to become of a secret. What it will hold is not part of the plan but where that comes from. */
export interface SecretStep {
  readonly kind: 'secret';
  readonly name: string;
  readonly differences: readonly Difference[];
  readonly doing:
    | { readonly action: 'create' | 'replace'; readonly wanted: DesiredSecret; readonly given: string | null }
    | {
        readonly action: 'update';
        readonly entityTag: string;
        readonly wanted: DesiredSecret;
        readonly given: string | null;
      }
    | { readonly action: 'delete' }
    | { readonly action: 'none' };
}

export interface PlanSources {
  /** The environment of the deployment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of the service keys of the object-storage instance that are there. */
  readonly serviceKeys: readonly string[];
  /** Names of secrets that are to be made anew. */
  readonly renewed: readonly string[];
  /** Of the deployment, ISO 8601. */
  readonly time: string;
}

/** @throws RESOURCE_FOREIGN, SETTING_INVALID */
export function planSecrets(
  desired: readonly DesiredSecret[],
  { secrets, record }: ActualState,
  sources: PlanSources,
): SecretStep[] {
  const ours = record?.record.secrets ?? {};
  const wanted = new Set(desired.map(({ name }) => name));
  const gone = Object.keys(ours).filter((name) => !wanted.has(name));
  return [
    ...desired.map((secret) => {
      const actual = secrets.find(({ name }) => name === secret.name);
      if (actual !== undefined && !(secret.name in ours)) throw foreign(`secret ${secret.name}`);
      if (secret.source === 'service-key' && !(secret.name in ours)) refuseForeignKey(secret.name, sources);
      const given = secret.source === 'given' ? givenKey(secret, sources) : null;
      return {
        kind: 'secret' as const,
        name: secret.name,
        ...stepFor(secret, given, actual, ours, record?.record.salt ?? '', sources),
      };
    }),
    ...gone.map((name) => ({
      kind: 'secret' as const,
      name,
      differences: [],
      doing: { action: 'delete' as const },
    })),
  ];
}

function stepFor(
  wanted: DesiredSecret,
  given: string | null,
  actual: { readonly format: string; readonly entity_tag: string } | undefined,
  ours: Readonly<Record<string, string>>,
  salt: string,
  { serviceKeys, renewed }: PlanSources,
): Pick<SecretStep, 'differences' | 'doing'> {
  if (actual === undefined) return { differences: [], doing: { action: 'create', wanted, given } };
  if (actual.format !== wanted.format) {
    const differences = [{ property: 'format', from: actual.format, to: wanted.format }];
    return { differences, doing: { action: 'replace', wanted, given } };
  }
  const digest = ours[wanted.name]!;
  const isKept =
    given === null
      ? digest !== '' && !renewed.includes(wanted.name)
      : digest === digestOfSecret(salt, secretBody(wanted, given));
  const isBacked = wanted.source !== 'service-key' || serviceKeys.includes(wanted.name);
  if (isKept && isBacked) return { differences: [], doing: { action: 'none' } };
  const why = isKept ? 'its service key is gone' : digest === '' ? 'not known to be whole' : 'unchanged';
  const from = why === 'unchanged' ? 'what it is' : why;
  return {
    differences: [{ property: 'value', from, to: 'changed' }],
    doing: { action: 'update', entityTag: actual.entity_tag, wanted, given },
  };
}

/** @throws SETTING_INVALID when none of its variables is set */
function givenKey({ variables }: { variables: readonly string[] }, { env }: PlanSources): string {
  const found = variables.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  if (found !== undefined) return found;
  throw new EarshotError('SETTING_INVALID', {
    field: variables.join(' or '),
    expected: 'an API key',
    received: 'nothing',
  });
}

function refuseForeignKey(name: string, { serviceKeys }: PlanSources): void {
  if (serviceKeys.includes(name)) throw foreign(`service credential ${name} of object storage`);
}

const foreign = (field: string) =>
  new EarshotError('RESOURCE_FOREIGN', {
    field,
    expected: 'none of this name, or one that the record of the deployment lists',
    received: 'another one',
  });

export interface HmacKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The body of a secret from what it holds. */
export function secretBody(secret: DesiredSecret, value: string | HmacKey): Desired<'secret'> {
  const { name } = secret;
  if (typeof value !== 'string') {
    const data = { access_key_id: value.accessKeyId, secret_access_key: value.secretAccessKey };
    return { name, format: 'hmac_auth', data };
  }
  if (secret.format === 'registry') {
    // IBM Container Registry takes API keys under this name.
    const data = { server: secret.server, username: 'iamapikey', password: value };
    return { name, format: 'registry', data };
  }
  if (secret.format === 'hmac_auth') throw new TypeError('an HMAC key is two values');
  return { name, format: 'generic', data: { [secret.key]: value } };
}

/** HMAC-SHA256 of what a secret holds, 32 hexadecimal digits; says nothing without the salt, and little with it. */
export function digestOfSecret(salt: string, { format, data }: Desired<'secret'>): string {
  const sorted = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', salt)
    .update(JSON.stringify([format, sorted]))
    .digest('hex')
    .slice(0, 32);
}

/** 256 random bits, in letters, digits, `-` and `_`. */
export const randomKey = () => randomBytes(32).toString('base64url');
