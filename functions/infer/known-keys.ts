import { createHash, timingSafeEqual } from 'node:crypto';
import { apiKeyPrefix, type Environment, optionalSetting } from '../../shared/config/settings.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';

export interface NamedKey {
  /** Of log lines and metrics. */
  readonly name: string;
  /** SHA-256. */
  readonly digest: Buffer;
}

/** `null`: everyone may ask. */
export type KnownKeys = readonly NamedKey[] | null;

/** Code Engine's own in functions and apps, and the marking of a deployment: one of them is there. */
const deployedVariables = ['CE_FUNCTION', 'CE_APP', 'EARSHOT_SERVICE'];

const namePattern = /^[a-z][a-z0-9-]{0,31}$/;

/**
 * The keys of the settings. Without any, everyone may ask where the settings say so, and on a machine of one's own;
 * on Code Engine a deployment that lost its keys must not stand open.
 * @throws SETTING_INVALID
 */
export function knownKeysOf(env: Environment): KnownKeys {
  if (optionalSetting(env, 'EARSHOT_PUBLIC', 'false') === 'true') return null;
  const keys = [...keysOfList(optionalSetting(env, 'EARSHOT_API_KEYS', '')), ...keysOfVariables(env)];
  if (keys.length > 0) return keys;
  if (!deployedVariables.some((name) => env[name])) return null;
  throw new EarshotError('SETTING_INVALID', {
    field: 'EARSHOT_API_KEYS',
    expected: 'API keys, or EARSHOT_PUBLIC=true, on Code Engine',
    received: 'neither',
  });
}

/** `name:key, key`; a key without a name is named by its place. */
function keysOfList(list: string): NamedKey[] {
  const entries = list.split(',').map((entry) => entry.trim());
  return entries.flatMap((entry, i) => {
    if (entry === '') return [];
    const colon = entry.indexOf(':');
    return colon < 0
      ? [keyOf(`key-${i + 1}`, entry)]
      : [keyOf(entry.slice(0, colon), entry.slice(colon + 1))];
  });
}

/** `EARSHOT_API_KEY_WEB_PAGE` is the key `web-page`; with a comma in it, two keys of that name. */
function keysOfVariables(env: Environment): NamedKey[] {
  return Object.entries(env).flatMap(([variable, text = '']) => {
    if (!variable.startsWith(apiKeyPrefix)) return [];
    const name = variable.slice(apiKeyPrefix.length).toLowerCase().replaceAll('_', '-');
    const keys = text.split(',').map((key) => key.trim());
    return keys.filter((key) => key !== '').map((key) => keyOf(name, key));
  });
}

function keyOf(name: string, key: string): NamedKey {
  if (namePattern.test(name) && key !== '') return { name, digest: digestOf(key) };
  throw new EarshotError('SETTING_INVALID', {
    field: 'EARSHOT_API_KEYS',
    expected: 'name:key, the name of at most 32 lower-case letters, digits and hyphens, a letter first',
    received: 'another name, or no key behind it',
  });
}

/** Takes the same time whichever it is, and whether it is one: digests are compared, all of them. */
export function nameOfKey(shown: string, known: readonly NamedKey[]): string | null {
  const digest = digestOf(shown);
  let name: string | null = null;
  for (const key of known) if (timingSafeEqual(digest, key.digest)) name = key.name;
  return name;
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();
