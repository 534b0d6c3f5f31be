import { createHash } from 'node:crypto';
import { secretKeys } from '../desired/desired-secrets.ts';
import { eventsAppName } from '../desired/desired-state.ts';
import { parts, resourceName } from '../desired/resource-names.ts';
import type { ActualState } from '../plan/actual-state.ts';
import { desiredSubscriptions } from '../subscriptions/desired-subscriptions.ts';
import type { SubscriptionChange } from '../subscriptions/subscription-driver.ts';
import type { DeployContext } from './context.ts';

/** The subscriptions of a deployment, by the command line or as commands for the user. */
export interface Subscribing {
  /** True when nothing is to be done for them. */
  isDone(actual: ActualState): Promise<boolean>;
  /** True when they must be made and the secret that they carry cannot be had but by making it anew. */
  needsNewSecret(actual: ActualState): boolean;
  planLines(actual: ActualState): Promise<string[]>;
  /** `made` is the secret that they carry, when it was made just now. Resolves to the digest for the record. */
  apply(actual: ActualState, made: string | null): Promise<string>;
  remove(): Promise<readonly SubscriptionChange[]>;
}

export function subscribingTo(
  { service, owner, openDriver }: DeployContext,
  projectId: string,
  by: 'ibmcloud' | 'print',
): Subscribing {
  const driver = openDriver(projectId, by);
  const place = { owner, app: eventsAppName(owner), bucket: service.provider.bucket };
  const desired = (secret: string) => desiredSubscriptions(service, { ...place, secret });
  const digest = createHash('sha256')
    .update(JSON.stringify([by, desired('')]))
    .digest('hex')
    .slice(0, 32);
  const secretName = resourceName(owner, parts.eventsSecret);
  const secretOf = ({ secrets }: ActualState) => secrets.find(({ name }) => name === secretName);
  /** [UNVERIFIED] whether the API gives the values of secrets back; without, what carries one keeps it. */
  const secretValue = (actual: ActualState) => secretOf(actual)?.data?.[secretKeys.events];
  const isRecorded = ({ record }: ActualState) => record?.record.subscriptions === digest;
  const plan = async (actual: ActualState): Promise<readonly SubscriptionChange[]> => {
    if (by === 'print' && isRecorded(actual)) return [];
    return driver.plan(desired(secretValue(actual) ?? ''));
  };
  return {
    isDone: async (actual) =>
      isRecorded(actual) && (await plan(actual)).every(({ action }) => action === 'none'),
    needsNewSecret: (actual) =>
      by === 'ibmcloud' &&
      !isRecorded(actual) &&
      secretOf(actual) !== undefined &&
      secretValue(actual) === undefined,
    planLines: async (actual) => (await plan(actual)).filter(({ action }) => action !== 'none').map(lineOf),
    async apply(actual, made) {
      if (by === 'print' && made === null && isRecorded(actual)) return digest;
      await driver.apply(desired(made ?? secretValue(actual) ?? ''));
      return digest;
    },
    remove: () => driver.remove(desired('')),
  };
}

const signs = { create: '+', update: '~', delete: '-', none: ' ' } as const;

function lineOf({ action, kind, name, properties }: SubscriptionChange): string {
  const what = properties.length > 0 ? `: ${properties.join(', ')}` : '';
  return `${signs[action]} ${kind} subscription ${name}${what}`;
}
