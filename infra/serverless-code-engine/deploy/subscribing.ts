import { createHash } from 'node:crypto';
import type { Actual } from '../api/resources.ts';
import { secretKeys } from '../desired/desired-secrets.ts';
import { eventsAppName, functionNames } from '../desired/desired-state.ts';
import { parts, resourceName } from '../desired/resource-names.ts';
import { openIbmCloudCli } from '../ibmcloud-cli/run-ibmcloud.ts';
import type { Place } from '../place/place.ts';
import type { ActualState } from '../plan/actual-state.ts';
import { openCliDriver } from '../subscriptions/cli-driver.ts';
import { desiredSubscriptions } from '../subscriptions/desired-subscriptions.ts';
import { createPrintDriver } from '../subscriptions/print-driver.ts';
import type { SubscriptionChange, SubscriptionDriver } from '../subscriptions/subscription-driver.ts';
import type { DeployContext } from './context.ts';

/** The subscriptions of a deployment, by the command line or as commands for the user. */
export interface Subscribing {
  /** True when nothing is to be done for them. */
  isDone(actual: ActualState): Promise<boolean>;
  planLines(actual: ActualState): Promise<string[]>;
  /** `secret` is what they carry when it was made just now. Resolves to the digest for the record. */
  apply(actual: ActualState, secret: string | null): Promise<string>;
  remove(): Promise<readonly SubscriptionChange[]>;
  driver: SubscriptionDriver;
}

export function subscribingTo(
  context: DeployContext,
  { project }: Pick<Place, 'project'>,
  by: 'ibmcloud' | 'print',
): Subscribing {
  const { service, owner, env, cloud } = context;
  const secretName = resourceName(owner, parts.eventsSecret);
  const driver = driverOf(context, project.id, by);
  const desired = (secret: string) =>
    desiredSubscriptions(service, {
      owner,
      app: eventsAppName(owner),
      bucket: service.provider.bucket,
      secret,
    });
  const digest = digestOf(desired(''), by);
  /** [UNVERIFIED] whether the API gives the values of secrets back; without, the record decides. */
  const secretIn = ({ secrets }: ActualState) => valueIn(secrets, secretName);
  const isRecorded = ({ record }: ActualState) => record?.record.subscriptions === digest;
  const plan = async (actual: ActualState): Promise<readonly SubscriptionChange[]> => {
    const secret = secretIn(actual);
    if (by === 'print' || secret === undefined) return isRecorded(actual) ? [] : driver.plan(desired(''));
    return driver.plan(desired(secret));
  };
  return {
    driver,
    isDone: async (actual) =>
      isRecorded(actual) && (await plan(actual)).every(({ action }) => action === 'none'),
    planLines: async (actual) =>
      (await plan(actual))
        .filter(({ action }) => action !== 'none')
        .map(
          ({ action, kind, name, properties }) =>
            `${action === 'create' ? '+' : action === 'delete' ? '-' : '~'} ${kind} subscription ${name}${properties.length > 0 ? `: ${properties.join(', ')}` : ''}`,
        ),
    async apply(actual, made) {
      if (by === 'print' && made === null && isRecorded(actual)) return digest;
      const known = made ?? secretIn(actual) ?? (await valueOf(project, secretName));
      if (functionNames(service).events.length > 0 || by === 'ibmcloud') {
        await driver.apply(desired(known ?? ''));
      }
      return digest;
    },
    remove: () => driver.remove(desired('')),
  };
}

const valueIn = (secrets: readonly Actual<'secret'>[], name: string) =>
  secrets.find((one) => one.name === name)?.data?.[secretKeys.events];

async function valueOf(project: Place['project'], name: string): Promise<string | undefined> {
  return (await project.get('secret', name))?.data?.[secretKeys.events];
}

function driverOf(
  { owner, env, cloud, print }: DeployContext,
  projectId: string,
  by: 'ibmcloud' | 'print',
): SubscriptionDriver {
  if (by === 'print') {
    return createPrintDriver({ owner, region: cloud.region, projectId, reveal: false, print });
  }
  const hasApiKey = Boolean(env['IBMCLOUD_API_KEY']);
  return openCliDriver({
    cli: openIbmCloudCli({ env }),
    target: { region: cloud.region, projectId, hasApiKey },
    owner,
  });
}

function digestOf(desired: unknown, by: string): string {
  return createHash('sha256')
    .update(JSON.stringify([by, desired]))
    .digest('hex')
    .slice(0, 32);
}
