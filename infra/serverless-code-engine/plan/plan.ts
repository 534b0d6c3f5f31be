import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Actual, Change, Desired } from '../api/resources.ts';
import type { DesiredState } from '../desired/desired-state.ts';
import type { Owner } from '../desired/resource-names.ts';
import { type ActualState, isMarked } from './actual-state.ts';
import { compare, type Difference } from './differences.ts';
import { type PlanSources, planSecrets, type SecretStep } from './plan-secrets.ts';
import { withRestart } from './restart.ts';

/** Kinds that are compared property by property. */
export type PlannedKind = 'job' | 'function' | 'app' | 'domain_mapping';

interface StepOf<K extends PlannedKind> {
  readonly kind: K;
  readonly name: string;
  readonly differences: readonly Difference[];
  readonly doing:
    | { readonly action: 'create'; readonly body: Desired<K> }
    | { readonly action: 'update'; readonly entityTag: string; readonly change: Change<K> }
    | { readonly action: 'delete' }
    | { readonly action: 'none' };
}

export type ResourceStep = { [K in PlannedKind]: StepOf<K> }[PlannedKind];
export type Step = SecretStep | ResourceStep;

/**
 * What makes the project as it is desired, in the order in which it must be done: what others refer to is made before
 * them and deleted after them.
 */
export type Plan = readonly Step[];

export const isIdle = (step: Step) => step.doing.action === 'none';

/**
 * The difference of desired and actual state. Touches nothing.
 * @throws RESOURCE_FOREIGN when a name is taken by what is not ours; SETTING_INVALID when a key is not given
 */
export function planOf(desired: DesiredState, actual: ActualState, sources: PlanSources): Plan {
  const { owner } = desired;
  const secrets = planSecrets(desired.secrets, actual, sources);
  const changed = new Set(secrets.filter((step) => !isIdle(step)).map(({ name }) => name));
  const there = { function: actual.functions, app: actual.apps } as const;
  const restarted = <K extends 'function' | 'app'>(kind: K, bodies: readonly Desired<K>[]) =>
    bodies.map((body) => {
      const all = there[kind] as readonly Actual<K>[];
      const one = all.find(({ name }) => name === body.name);
      return withRestart(kind, body, one, changed, sources.time);
    });
  const isOurMapping = ({ name }: { name: string }) =>
    actual.record?.record.domainMappings.includes(name) === true;
  const resources = [
    ...planKind('job', desired.jobs, actual.jobs, marked(owner)),
    ...planKind('function', restarted('function', desired.functions), actual.functions, marked(owner)),
    ...planKind('app', restarted('app', desired.apps), actual.apps, marked(owner)),
    ...planKind('domain_mapping', desired.domainMappings, actual.domainMappings, isOurMapping),
  ] as ResourceStep[];
  const isDeletion = (step: Step) => step.doing.action === 'delete';
  return [
    ...secrets.filter((step) => !isDeletion(step)),
    ...resources.filter((step) => !isDeletion(step)),
    ...resources.filter(isDeletion).reverse(),
    ...secrets.filter(isDeletion),
  ];
}

const marked = (owner: Owner) => (actual: Pick<Actual<'app'>, 'run_env_variables'>) =>
  isMarked(actual, owner);

function planKind<K extends PlannedKind>(
  kind: K,
  desired: readonly Desired<K>[],
  actual: readonly Actual<K>[],
  isOurs: (actual: never) => boolean,
): StepOf<K>[] {
  const wanted = new Set(desired.map(({ name }) => name));
  return [
    ...desired.map((body) =>
      stepOf(
        kind,
        body,
        actual.find(({ name }) => name === body.name),
        isOurs,
      ),
    ),
    ...actual
      .filter((one) => !wanted.has(one.name) && isOurs(one as never))
      .map(({ name }) => ({ kind, name, differences: [], doing: { action: 'delete' as const } })),
  ];
}

function stepOf<K extends PlannedKind>(
  kind: K,
  body: Desired<K>,
  actual: Actual<K> | undefined,
  isOurs: (actual: never) => boolean,
): StepOf<K> {
  const { name } = body;
  if (actual === undefined) {
    const { differences } = compare(body, { name });
    return { kind, name, differences, doing: { action: 'create', body } };
  }
  if (!isOurs(actual as never)) {
    throw new EarshotError('RESOURCE_FOREIGN', {
      field: `${kind.replace('_', ' ')} ${name}`,
      expected: 'the marking of this service and stage, or no such resource',
      received: 'another one, or none',
    });
  }
  const { differences, change } = compare(body, actual);
  if (differences.length === 0) return { kind, name, differences, doing: { action: 'none' } };
  const entityTag = (actual as { entity_tag: string }).entity_tag;
  return { kind, name, differences, doing: { action: 'update', entityTag, change: change as Change<K> } };
}
