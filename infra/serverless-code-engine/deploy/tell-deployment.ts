import { readinessOf, reasonIn } from '../api/readiness.ts';
import type { DesiredState } from '../desired/desired-state.ts';
import { functionNames } from '../desired/desired-state.ts';
import { resourceName } from '../desired/resource-names.ts';
import type { Place } from '../place/place.ts';
import { isMarked } from '../plan/actual-state.ts';
import type { DeployContext } from './context.ts';
import { costLines } from './cost-lines.ts';

/** Where to ask and where to drop. */
export interface Addresses {
  readonly urls: readonly { readonly function: string; readonly method: string; readonly url: string }[];
  /** Domains of the user's own. */
  readonly domains: readonly {
    readonly url: string;
    readonly status: string;
    /** What the domain's DNS must lead to. */
    readonly cname: string | null;
  }[];
  readonly drop: string;
}

/** The end of a deployment: where to ask, where to drop, the time taken, what it costs. */
export async function tellDeployment(
  context: DeployContext,
  { project, projectName }: Pick<Place, 'project' | 'projectName'>,
  desired: DesiredState,
  seconds: number,
): Promise<Addresses> {
  const { print, owner, cloud } = context;
  const addresses = await addressesOf(context, { project });
  for (const line of addressLines(addresses)) print(line);
  for (const line of costLines(desired)) print(line);
  print(
    `Service ${owner.service}, stage ${owner.stage}: project ${projectName} in ${cloud.region}, ${seconds.toFixed(1)} s.`,
  );
  return addresses;
}

/** URLs of the HTTP functions, and where files are dropped. */
export async function addressesOf(
  { service, owner }: DeployContext,
  { project }: Pick<Place, 'project'>,
): Promise<Addresses> {
  const [functions, mappings] = await Promise.all([project.list('function'), project.list('domain_mapping')]);
  const there = functionNames(service).http.flatMap((name) => {
    const fn = functions.find((one) => one.name === resourceName(owner, name));
    return fn !== undefined && isMarked(fn, owner) ? [{ name, fn }] : [];
  });
  return {
    urls: there.flatMap(({ name, fn }) =>
      service.functions[name]!.events.flatMap((event) =>
        'http' in event
          ? [
              {
                function: name,
                method: event.http.method,
                url: `${fn.endpoint ?? fn.name}${event.http.path}`,
              },
            ]
          : [],
      ),
    ),
    domains: there.flatMap(({ fn }) =>
      mappings
        .filter(({ component, user_managed }) => component.name === fn.name && user_managed !== false)
        .map(({ name, status, cname_target }) => ({
          url: `https://${name}/`,
          status: status ?? 'unknown',
          cname: cname_target || null,
        })),
    ),
    drop: `s3://${service.provider.bucket}/incoming/<dataset>/<train|eval|all>/`,
  };
}

export function addressLines({ urls, domains, drop }: Addresses): string[] {
  return [
    ...urls.map(({ method, url }) => `${method === '*' ? 'Any' : method} ${url}`),
    ...domains.map(
      ({ url, status, cname }) =>
        `Domain: ${url} (${status}${cname === null ? '' : `; its DNS needs a CNAME to ${cname}`})`,
    ),
    `Drop: ${drop}, for example by npx serverless upload`,
  ];
}

/** `ready`, or why it is not. */
export function statusText(
  kind: 'function' | 'app' | 'job' | 'domain_mapping',
  actual: Parameters<typeof readinessOf>[1],
): string {
  const readiness = readinessOf(kind, actual);
  const reason = reasonIn(actual);
  if (readiness === 'ready') return 'ready';
  return `${actual.status ?? readiness}${reason === undefined ? '' : ` (${reason})`}`;
}
