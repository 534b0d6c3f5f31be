import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { bytesOfMemory, type Service } from '../../service/service.ts';
import type { Desired } from '../api/resources.ts';
import { containerCombinations } from '../api/schemas/sizes.ts';
import { secretKeys } from './desired-secrets.ts';
import { bucketKey, environmentOf, fromSecret } from './environment.ts';
import { machineSize } from './machine-size.ts';
import { type Owner, parts, resourceName } from './resource-names.ts';

const usual = { timeout: 60, concurrency: 1, instances: 10 };
const port = 8080;
/**
 * Of the liveness probe, in seconds: an instance whose work hangs is started anew, and one that computes for a while
 * between two answers is not.
 */
const patience = { interval: 30, timeout: 20, failure_threshold: 5 };
/** Seconds that an instance stays for the next event; uploads come in bursts. */
const scaleDownDelay = 60;

/**
 * The one app of all functions with cos or cron events. It gets the most that one of them asks for; the app itself sees
 * to how many events of one function run at once.
 * @throws SERVICE_INVALID
 */
export function desiredEventsApp(
  service: Service,
  owner: Owner,
  names: readonly string[],
  image: string,
): Desired<'app'> {
  const named = (part: string) => resourceName(owner, part);
  const functions = names.map((name) => ({ path: `functions.${name}`, ...service.functions[name]! }));
  for (const fn of functions) refuseHttpOnly(fn);
  const numbers = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined);
  const cpus = numbers(functions.map(({ cpu }) => cpu));
  const memories = functions.flatMap(({ memory }) => (memory === undefined ? [] : [memory]));
  const largest = memories.sort((a, b) => bytesOfMemory(b) - bytesOfMemory(a))[0];
  const most = functions.find(({ memory }) => memory === largest) ?? functions[0]!;
  return {
    name: named(parts.eventsApp),
    image_reference: image,
    image_port: port,
    image_secret: named(parts.registrySecret),
    managed_domain_mappings: 'local_public',
    probe_readiness: { type: 'http', path: '/healthz', port },
    probe_liveness: { type: 'http', path: '/healthz', port, ...patience },
    run_env_variables: environmentOf(
      service,
      owner,
      functions.map(({ path, environment = {} }) => ({ path, variables: environment })),
      [
        ...bucketKey(named(parts.writeSecret)),
        fromSecret('EARSHOT_EVENTS_SECRET', named(parts.eventsSecret), secretKeys.events),
        fromSecret('IBMCLOUD_API_KEY', named(parts.jobsSecret), secretKeys.jobs),
      ],
    ),
    scale_concurrency: Math.max(...functions.map(({ concurrency }) => concurrency ?? usual.concurrency)),
    scale_down_delay: scaleDownDelay,
    scale_initial_instances: 1,
    scale_max_instances: Math.max(...functions.map(({ instances }) => instances ?? usual.instances)),
    scale_min_instances: 0,
    scale_request_timeout: Math.max(...functions.map(({ timeout }) => timeout ?? usual.timeout)),
    ...machineSize(
      { cpu: cpus.length > 0 ? Math.max(...cpus) : undefined, memory: largest },
      containerCombinations,
      most.path,
    ),
  };
}

function refuseHttpOnly(fn: {
  readonly path: string;
  readonly public?: unknown;
  readonly keys?: unknown;
  readonly cors?: unknown;
  readonly customDomain?: unknown;
}): void {
  const property = (['public', 'keys', 'cors', 'customDomain'] as const).find(
    (name) => fn[name] !== undefined,
  );
  if (property === undefined) return;
  throw new EarshotError('SERVICE_INVALID', {
    file: 'serverless.yml',
    path: `${fn.path}.${property}`,
    expected: 'no such property: it is for functions with http events',
    received: JSON.stringify(fn[property]),
  });
}
