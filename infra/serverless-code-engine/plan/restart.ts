import { readinessOf } from '../api/readiness.ts';
import type { Actual, Desired } from '../api/resources.ts';

/** Changes when instances must be made anew though nothing else about them changes; time of the deployment. */
export const restartVariable = 'EARSHOT_RESTARTED';

/**
 * An instance reads its secrets when it starts, and one that could not start is not tried again by itself. So a
 * function or app whose secrets change, or that has failed, gets a variable with another value; else it keeps what it has.
 */
export function withRestart<K extends 'function' | 'app'>(
  kind: K,
  body: Desired<K>,
  actual: Actual<K> | undefined,
  changedSecrets: ReadonlySet<string>,
  time: string,
): Desired<K> {
  if (actual === undefined) return body;
  const variables = body.run_env_variables ?? [];
  const isStale = variables.some((one) => 'reference' in one && changedSecrets.has(one.reference));
  const kept = actual.run_env_variables.find(({ name }) => name === restartVariable)?.value;
  const value = isStale || readinessOf(kind, actual) === 'failed' ? time : kept;
  if (value === undefined) return body;
  const restarted = { type: 'literal', name: restartVariable, value } as const;
  return { ...body, run_env_variables: [...variables, restarted] };
}
