import type { CodeEngineProject } from '../api/client.ts';
import type { DesiredState } from '../desired/desired-state.ts';
import { isIdle, type Plan, type ResourceStep, type Step } from '../plan/plan.ts';
import type { SecretStep } from '../plan/plan-secrets.ts';
import type { DeploymentLease } from '../record/deployment-lease.ts';
import type { DeploymentRecord } from '../record/deployment-record.ts';
import { applyResource, newImageOf, waitForAll } from './apply-resource.ts';
import { applySecret, type ShownKey } from './apply-secret.ts';
import type { ServiceKeys } from './secret-values.ts';

export interface ApplyOptions {
  readonly project: CodeEngineProject;
  readonly lease: DeploymentLease;
  readonly keys: ServiceKeys;
  /** Makes sure that an image of ours is in the registry. */
  readonly provideImage: (reference: string) => Promise<void>;
  /**
   * Makes the subscriptions; `secret` is what they carry, null when it was not made in this deployment.
   * Resolves to the digest of what was made.
   */
  readonly subscribe: (secret: string | null) => Promise<string>;
  readonly onProgress: (line: string) => void;
  readonly now: () => Date;
}

export interface Applied {
  /** Keys that were made and are to be told to the user: now or never. */
  readonly shownKeys: readonly ShownKey[];
  readonly record: DeploymentRecord;
}

/**
 * Does what the plan says, in its order. Before anything is made the record says so; that a secret is whole it says
 * only afterwards. So whatever interrupts, the next deployment knows what is ours and makes good what is half done. The
 * lease is kept: the caller releases it with the record that is returned, once it has told the keys.
 */
export async function applyPlan(
  desired: DesiredState,
  plan: Plan,
  eventsSecret: string | undefined,
  options: ApplyOptions,
): Promise<Applied> {
  const { project, lease, keys, onProgress } = options;
  const { salt } = lease.record;
  await lease.write(intended(desired, plan, lease.record));

  const digests: Record<string, string> = {};
  const shownKeys: ShownKey[] = [];
  let random: string | null = null;
  const busy = plan.filter((step) => !isIdle(step));
  const secrets = busy.filter((step): step is SecretStep => step.kind === 'secret');
  const resources = busy.filter((step): step is ResourceStep => step.kind !== 'secret');
  const isDeletion = (step: Step) => step.doing.action === 'delete';

  for (const step of secrets.filter((one) => !isDeletion(one))) {
    lease.expectHeld();
    onProgress(lineOf(step));
    const made = await applySecret(step, project, keys, salt);
    if (made === null) continue;
    digests[step.name] = made.digest;
    if (made.shown !== null) shownKeys.push(made.shown);
    if (step.name === eventsSecret) random = made.random;
  }
  for (const step of resources.filter((one) => !isDeletion(one))) {
    lease.expectHeld();
    const image = newImageOf(step);
    if (image !== undefined) await options.provideImage(image);
    onProgress(lineOf(step));
    await applyResource(step, project);
  }
  await waitForAll(project, wanted(plan), (resource, status, reason) =>
    onProgress(`${resource}: ${status}${reason === undefined ? '' : ` (${reason})`}`),
  );
  lease.expectHeld();
  const subscriptions = await options.subscribe(random);
  for (const step of resources.filter(isDeletion)) {
    lease.expectHeld();
    onProgress(lineOf(step));
    await applyResource(step, project);
  }
  for (const step of secrets.filter(isDeletion)) {
    lease.expectHeld();
    onProgress(lineOf(step));
    await applySecret(step, project, keys, salt);
  }
  return { shownKeys, record: finished(desired, lease.record, digests, subscriptions, options.now()) };
}

/** Those of the plan that stay, and have a status to wait for. */
export const wanted = (plan: Plan) =>
  plan.filter((step): step is ResourceStep => step.kind !== 'secret' && step.doing.action !== 'delete');

/** The record before anything is done: what is there and what will be is ours, and what changes is not whole. */
function intended({ secrets, domainMappings }: DesiredState, plan: Plan, record: DeploymentRecord) {
  const busy = new Set(plan.filter((step) => !isIdle(step)).map(({ name }) => name));
  const known = secrets.map(({ name }) => [name, busy.has(name) ? '' : (record.secrets[name] ?? '')]);
  return {
    ...record,
    secrets: { ...record.secrets, ...Object.fromEntries(known) },
    domainMappings: [...new Set([...record.domainMappings, ...domainMappings.map(({ name }) => name)])],
    subscriptions: '',
    deployedAt: '',
  };
}

function finished(
  { secrets, domainMappings }: DesiredState,
  record: DeploymentRecord,
  digests: Readonly<Record<string, string>>,
  subscriptions: string,
  now: Date,
): DeploymentRecord {
  return {
    ...record,
    secrets: Object.fromEntries(
      secrets.map(({ name }) => [name, digests[name] ?? record.secrets[name] ?? '']),
    ),
    domainMappings: domainMappings.map(({ name }) => name),
    subscriptions,
    deployedAt: now.toISOString(),
  };
}

const doing = { create: 'Creating', update: 'Changing', replace: 'Replacing', delete: 'Deleting', none: '' };

const lineOf = ({ kind, name, doing: { action } }: Step) =>
  `${doing[action]} ${kind.replace('_', ' ')} ${name}`;
