import type { Service } from '../../service/service.ts';
import type { Desired } from '../api/resources.ts';
import { containerCombinations } from '../api/schemas/sizes.ts';
import { bucketKey, environmentOf } from './environment.ts';
import { machineSize } from './machine-size.ts';
import { type Owner, parts, resourceName } from './resource-names.ts';

/** Seconds; the longest that Code Engine lets a job run work. */
const longestTimeout = 86_400;

/** A job; start-training and the sweep start its runs. @throws SERVICE_INVALID */
export function desiredJob(
  service: Service,
  owner: Owner,
  name: string,
  image: string,
  registry: string,
): Desired<'job'> {
  const job = service.jobs[name]!;
  const path = `jobs.${name}`;
  const named = (part: string) => resourceName(owner, part);
  return {
    name: named(name),
    image_reference: image,
    // A secret for our registry says nothing to another.
    ...(image.startsWith(registry.slice(0, registry.indexOf('/') + 1))
      ? { image_secret: named(parts.registrySecret) }
      : {}),
    run_env_variables: environmentOf(
      service,
      owner,
      [{ path, variables: job.environment ?? {} }],
      bucketKey(named(parts.writeSecret)),
    ),
    run_mode: 'task',
    scale_max_execution_time: job.timeout ?? longestTimeout,
    scale_retry_limit: job.retries ?? 0,
    ...machineSize(job, containerCombinations, path),
  };
}
