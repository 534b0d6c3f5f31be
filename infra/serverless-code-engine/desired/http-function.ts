import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Service } from '../../service/service.ts';
import type { Desired } from '../api/resources.ts';
import { functionCombinations } from '../api/schemas/sizes.ts';
import { keySecret, keysOf, keyVariable } from './api-keys.ts';
import { secretKeys } from './desired-secrets.ts';
import { bucketKey, environmentOf, fromSecret, literal } from './environment.ts';
import { machineSize } from './machine-size.ts';
import { type Owner, parts, resourceName } from './resource-names.ts';

/** Seconds; the longest that Code Engine lets a function work. */
const longestTimeout = 120;
const usual = { timeout: 60, concurrency: 1 };
/** Seconds that an instance stays for the next request; it is billed while it stays. */
const scaleDownDelay = 60;

/** A function with http events. @throws SERVICE_INVALID */
export function desiredFunction(
  service: Service,
  owner: Owner,
  name: string,
  image: string,
): Desired<'function'> {
  const fn = service.functions[name]!;
  const path = `functions.${name}`;
  const timeout = fn.timeout ?? usual.timeout;
  if (timeout > longestTimeout) {
    throw new EarshotError('SERVICE_INVALID', {
      file: 'serverless.yml',
      path: `${path}.timeout`,
      expected: `at most ${longestTimeout} seconds for a function with http events`,
      received: `${timeout}`,
    });
  }
  if (fn.instances !== undefined) {
    throw new EarshotError('SERVICE_INVALID', {
      file: 'serverless.yml',
      path: `${path}.instances`,
      expected: 'nothing: Code Engine has no limit of its own for the instances of one function',
      received: `${fn.instances}`,
    });
  }
  const named = (part: string) => resourceName(owner, part);
  return {
    name: named(name),
    runtime: service.provider.runtime,
    code_reference: image,
    code_binary: false,
    code_main: 'main',
    code_secret: named(parts.registrySecret),
    managed_domain_mappings: 'local_public',
    run_env_variables: environmentOf(
      service,
      owner,
      [{ path, variables: fn.environment ?? {} }],
      [
        ...bucketKey(named(parts.readSecret)),
        ...keysOf(fn).map((key) => fromSecret(keyVariable(key), keySecret(owner, key), secretKeys.apiKeys)),
        ...(fn.public === true ? [literal('EARSHOT_PUBLIC', 'true')] : []),
        ...(fn.cors === undefined ? [] : [literal('EARSHOT_CORS_ORIGINS', fn.cors.join(','))]),
      ],
    ),
    scale_concurrency: fn.concurrency ?? usual.concurrency,
    scale_down_delay: scaleDownDelay,
    scale_max_execution_time: timeout,
    ...machineSize(fn, functionCombinations, path),
  };
}
