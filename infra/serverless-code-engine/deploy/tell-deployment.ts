import { readinessOf, reasonIn } from '../api/readiness.ts';
import type { Actual } from '../api/resources.ts';
import type { DesiredState } from '../desired/desired-state.ts';
import { functionNames } from '../desired/desired-state.ts';
import { resourceName } from '../desired/resource-names.ts';
import type { Place } from '../place/place.ts';
import { isMarked } from '../plan/actual-state.ts';
import type { DeployContext } from './context.ts';
import { costLines } from './cost-lines.ts';

/** The end of a deployment: where to ask, where to drop, the time taken, what it costs. */
export async function tellDeployment(
  context: DeployContext,
  { project, projectName }: Pick<Place, 'project' | 'projectName'>,
  desired: DesiredState,
  seconds: number,
): Promise<void> {
  const { print, owner, cloud } = context;
  for (const line of await addressLines(context, { project })) print(line);
  for (const line of costLines(desired)) print(line);
  print(
    `Service ${owner.service}, stage ${owner.stage}: project ${projectName} in ${cloud.region}, ${seconds.toFixed(1)} s.`,
  );
}

/** URLs of the HTTP functions, and where files are dropped. */
export async function addressLines(
  { service, owner }: DeployContext,
  { project }: Pick<Place, 'project'>,
): Promise<string[]> {
  const { http } = functionNames(service);
  const [functions, mappings] = await Promise.all([project.list('function'), project.list('domain_mapping')]);
  return [
    ...http.flatMap((name) => {
      const fn = functions.find((one) => one.name === resourceName(owner, name));
      if (fn === undefined || !isMarked(fn, owner)) return [];
      const own = mappings.filter(
        ({ component, user_managed }) => component.name === fn.name && user_managed !== false,
      );
      return [
        ...endpointLines(service.functions[name]!.events, fn),
        ...own.map(
          (one) =>
            `Domain: https://${one.name}/ (${one.status ?? 'unknown'}${one.cname_target ? `; its DNS needs a CNAME to ${one.cname_target}` : ''})`,
        ),
      ];
    }),
    `Drop: s3://${service.provider.bucket}/incoming/<dataset>/<train|eval|all>/, for example by npx serverless upload`,
  ];
}

function endpointLines(
  events: DeployContext['service']['functions'][string]['events'],
  fn: Actual<'function'>,
): string[] {
  return events.flatMap((event) =>
    'http' in event
      ? [
          `${event.http.method === '*' ? 'Any' : event.http.method} ${fn.endpoint ?? fn.name}${event.http.path}`,
        ]
      : [],
  );
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
