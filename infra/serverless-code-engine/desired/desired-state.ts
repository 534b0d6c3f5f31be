import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Service } from '../../service/service.ts';
import type { Desired } from '../api/resources.ts';
import { allKeysOf } from './api-keys.ts';
import { type DesiredSecret, desiredSecrets } from './desired-secrets.ts';
import { desiredEventsApp } from './events-app.ts';
import { desiredFunction } from './http-function.ts';
import { type Owner, parts, resourceName } from './resource-names.ts';
import { desiredJob } from './training-job.ts';

/** Image references, `<registry>/<namespace>/<name>:<tag>` with or without `@sha256:…`, by their names in serverless.yml. */
export interface Images {
  readonly functions: Readonly<Record<string, string>>;
  readonly eventsApp: string;
  readonly jobs: Readonly<Record<string, string>>;
}

/** Everything of a deployment in the Code Engine project, as bodies of the API; subscriptions apart, which it has not. */
export interface DesiredState {
  readonly owner: Owner;
  readonly secrets: readonly DesiredSecret[];
  readonly jobs: readonly Desired<'job'>[];
  readonly functions: readonly Desired<'function'>[];
  readonly apps: readonly Desired<'app'>[];
  readonly domainMappings: readonly Desired<'domain_mapping'>[];
}

/** How the functions of a service run on Code Engine. */
export interface FunctionNames {
  /** Each a function of Code Engine. */
  readonly http: readonly string[];
  /** All in one app. */
  readonly events: readonly string[];
}

/**
 * Functions with http events are functions of Code Engine; those with cos and cron events share one app, because
 * events of object storage reach only apps and jobs.
 * @throws SERVICE_INVALID for a function with both, and for one that nothing calls
 */
export function functionNames({ functions }: Service): FunctionNames {
  const kinds = Object.entries(functions).map(([name, { events }]) => {
    const http = events.some((event) => 'http' in event);
    const woken = events.some((event) => !('http' in event));
    if (http !== woken) return { name, http };
    throw new EarshotError('SERVICE_INVALID', {
      file: 'serverless.yml',
      path: `functions.${name}.events`,
      expected: 'http events, or cos and cron events: they run in different places',
      received: http ? 'both' : 'none',
    });
  });
  return {
    http: kinds.filter(({ http }) => http).map(({ name }) => name),
    events: kinds.filter(({ http }) => !http).map(({ name }) => name),
  };
}

export const recordName = (owner: Owner) => resourceName(owner, parts.record);
export const eventsAppName = (owner: Owner) => resourceName(owner, parts.eventsApp);

/**
 * What serverless.yml asks for. Reads nothing but its arguments. `registry` is `<host>/<namespace>`.
 * @throws SERVICE_INVALID for what Code Engine would not take
 */
export function desiredState(service: Service, owner: Owner, registry: string, images: Images): DesiredState {
  const { http, events } = functionNames(service);
  const functions = http.map((name) => desiredFunction(service, owner, name, images.functions[name]!));
  return {
    owner,
    secrets: desiredSecrets(service, owner, registry, {
      apiKeys: allKeysOf(service, http),
      events: events.length > 0,
    }),
    jobs: Object.keys(service.jobs).map((name) =>
      desiredJob(service, owner, name, images.jobs[name]!, registry),
    ),
    functions,
    apps: events.length === 0 ? [] : [desiredEventsApp(service, owner, events, images.eventsApp)],
    domainMappings: http.flatMap((name, i) => {
      refuseSecondDomain(service, http.slice(0, i), name);
      const domain = service.functions[name]?.customDomain;
      const component = { name: functions[i]!.name, resource_type: 'function_v2' } as const;
      return domain === undefined ? [] : [{ name: domain.name, component, tls_secret: domain.tlsSecret }];
    }),
  };
}

/** A domain leads to one function. */
function refuseSecondDomain({ functions }: Service, before: readonly string[], name: string): void {
  const domain = functions[name]?.customDomain?.name;
  const other = before.find((one) => domain !== undefined && functions[one]?.customDomain?.name === domain);
  if (other === undefined) return;
  throw new EarshotError('SERVICE_INVALID', {
    file: 'serverless.yml',
    path: `functions.${name}.customDomain.name`,
    expected: `another domain than that of ${other}`,
    received: `${domain}`,
  });
}
