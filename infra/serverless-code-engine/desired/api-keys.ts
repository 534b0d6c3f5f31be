import { apiKeyPrefix } from '../../../shared/config/settings.ts';
import type { Service } from '../../service/service.ts';
import { type Owner, parts, resourceName } from './resource-names.ts';

/** The key of a function that names none. */
const usualKey = 'default';

/** Names of the API keys that callers of a function with http events may show; none of a public one. */
export function keysOf({
  public: isPublic,
  keys,
}: Pick<Service['functions'][string], 'public' | 'keys'>): string[] {
  return isPublic === true ? [] : [...new Set(keys ?? [usualKey])];
}

/** Those of all functions, each once: functions that name the same key share it. */
export const allKeysOf = (service: Service, functions: readonly string[]): string[] => [
  ...new Set(functions.flatMap((name) => keysOf(service.functions[name]!))),
];

/** The secret that holds one key, so that making or taking away one leaves the others as they are. */
export const keySecret = (owner: Owner, key: string): string =>
  resourceName(owner, key === usualKey ? parts.apiKeySecret : `${parts.apiKeySecret}-${key}`);

/** The variable in which the function finds it. */
export const keyVariable = (key: string): string =>
  `${apiKeyPrefix}${key.toUpperCase().replaceAll('-', '_')}`;

/** How a key is told to the user. */
export const keyTitle = (key: string): string => (key === usualKey ? 'API key' : `API key ${key}`);
