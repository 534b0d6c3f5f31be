import type { Service } from '../../service/service.ts';
import { keySecret } from './api-keys.ts';
import { type Owner, parts, resourceName } from './resource-names.ts';

/** A secret of the project, and where what it holds comes from. */
export type DesiredSecret = { readonly name: string } & (
  | {
      /** Random, made once. */
      readonly source: 'random';
      readonly format: 'generic';
      /** Key of the secret. */
      readonly key: string;
      /** The name of the API key that it is, told to the user when it is made; null: it is never told. */
      readonly shownAs: string | null;
    }
  | {
      /** An HMAC key of the object-storage instance, made once. */
      readonly source: 'service-key';
      readonly format: 'hmac_auth';
      readonly role: 'Reader' | 'Writer';
    }
  | {
      /** An API key from the environment of the deployment. */
      readonly source: 'given';
      readonly format: 'generic';
      readonly key: string;
      /** Names of environment variables; the first that is set. */
      readonly variables: readonly string[];
    }
  | {
      readonly source: 'given';
      readonly format: 'registry';
      readonly server: string;
      readonly variables: readonly string[];
    }
);

/** Environment variables of the deployment that hold keys of their own for one purpose. */
export const keyVariables = {
  jobs: ['EARSHOT_JOBS_API_KEY', 'IBMCLOUD_API_KEY'],
  registry: ['EARSHOT_REGISTRY_API_KEY', 'IBMCLOUD_API_KEY'],
} as const;

/** What the secrets of a deployment hold, by the key under which it stands there. */
export const secretKeys = { apiKeys: 'keys', events: 'secret', jobs: 'api_key' } as const;

/** The secrets that the deployment makes. `registry` is `<host>/<namespace>`. */
export function desiredSecrets(
  service: Service,
  owner: Owner,
  registry: string,
  needs: { readonly apiKeys: readonly string[]; readonly events: boolean },
): DesiredSecret[] {
  const named = (part: string) => resourceName(owner, part);
  const server = registry.slice(0, registry.indexOf('/'));
  const works = needs.events || Object.keys(service.jobs).length > 0;
  return [
    {
      name: named(parts.registrySecret),
      source: 'given',
      format: 'registry',
      server,
      variables: keyVariables.registry,
    },
    { name: named(parts.readSecret), source: 'service-key', format: 'hmac_auth', role: 'Reader' },
    ...(works
      ? [
          {
            name: named(parts.writeSecret),
            source: 'service-key',
            format: 'hmac_auth',
            role: 'Writer',
          } as const,
        ]
      : []),
    ...needs.apiKeys.map(
      (key) =>
        ({
          name: keySecret(owner, key),
          source: 'random',
          format: 'generic',
          key: secretKeys.apiKeys,
          shownAs: key,
        }) as const,
    ),
    ...(needs.events
      ? [
          {
            name: named(parts.eventsSecret),
            source: 'random',
            format: 'generic',
            key: secretKeys.events,
            shownAs: null,
          } as const,
          {
            name: named(parts.jobsSecret),
            source: 'given',
            format: 'generic',
            key: secretKeys.jobs,
            variables: keyVariables.jobs,
          } as const,
        ]
      : []),
  ];
}
