import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type CliTarget, readyCli } from '../ibmcloud-cli/ready-cli.ts';
import type { IbmCloudCli } from '../ibmcloud-cli/run-ibmcloud.ts';
import { compareSubscriptions, type SubscriptionStep, unwanted } from './compare-subscriptions.ts';
import { type ReadSubscription, readSubscriptions } from './read-subscriptions.ts';
import {
  createArguments,
  deleteArguments,
  listArguments,
  updateArguments,
} from './subscription-arguments.ts';
import type { DesiredSubscription, SubscriptionChange, SubscriptionDriver } from './subscription-driver.ts';
import { type Owner, ownerMark } from './subscription-marks.ts';

export interface CliDriverOptions {
  readonly cli: IbmCloudCli;
  readonly target: CliTarget;
  readonly owner: Owner;
}

/**
 * Subscriptions by the `ibmcloud` command line. While one of its commands runs, its arguments and so the secret can be
 * seen by users of the same machine that may see its processes: the flags know no other way.
 */
export function openCliDriver({ cli, target, owner }: CliDriverOptions): SubscriptionDriver {
  let ready: Promise<void> | null = null;
  const read = async () => {
    ready ??= readyCli(cli, target);
    await ready;
    return [...(await listed(cli, 'cos')), ...(await listed(cli, 'cron'))];
  };
  const carryOut = async (steps: readonly SubscriptionStep[]) => {
    for (const step of steps) {
      const { secret = '' } = step.desired ?? {};
      for (const args of commandsOf(step, owner)) await cli.run(args, { secret });
    }
    return steps.map(changeOf);
  };
  return {
    async list() {
      return (await read()).map(({ kind, name, owner: mark, isReady }) => {
        return { kind, name, isOurs: mark === ownerMark(owner), isReady };
      });
    },
    async plan(desired) {
      const actual = await read();
      return compareSubscriptions(withKnownSecret(desired, actual, owner), actual, owner).map(changeOf);
    },
    async apply(desired) {
      const actual = await read();
      const steps = compareSubscriptions(withKnownSecret(desired, actual, owner), actual, owner);
      refuseUnknownSecret(steps);
      return carryOut(steps);
    },
    async remove() {
      return carryOut(unwanted([], await read(), owner));
    },
  };
}

/** All of a deployment carry one secret: where it is not given, one of them tells it. */
function withKnownSecret(
  desired: readonly DesiredSubscription[],
  actual: readonly ReadSubscription[],
  owner: Owner,
): DesiredSubscription[] {
  const told = actual.find((one) => one.owner === ownerMark(owner) && one.secret)?.secret ?? '';
  return desired.map((one) => (one.secret === '' ? { ...one, secret: told } : one));
}

function refuseUnknownSecret(steps: readonly SubscriptionStep[]): void {
  const without = steps.find(({ action, desired }) => action !== 'none' && desired?.secret === '');
  if (without === undefined) return;
  throw new EarshotError('SUBSCRIPTION_SECRET_UNKNOWN', {
    field: `${without.kind} subscription ${without.name}`,
    expected: 'the secret that the events app asks for',
    received: 'nothing',
  });
}

function commandsOf(step: SubscriptionStep, owner: Owner): string[][] {
  const { action, desired, anew } = step;
  if (action === 'none') return [];
  if (desired === null) return [deleteArguments(step)];
  if (action === 'create') return [createArguments(desired, owner)];
  return anew ? [deleteArguments(step), createArguments(desired, owner)] : [updateArguments(desired, owner)];
}

async function listed(cli: IbmCloudCli, kind: DesiredSubscription['kind']): Promise<ReadSubscription[]> {
  const args = listArguments(kind);
  const read = readSubscriptions(kind, await cli.json(args));
  if (read !== null) return read;
  throw new EarshotError('CLI_FAILED', {
    field: `ibmcloud ${args.join(' ')}`,
    expected: 'a list of resources with names',
    received: 'JSON of another shape',
  });
}

const changeOf = ({ kind, name, action, properties }: SubscriptionStep): SubscriptionChange => ({
  kind,
  name,
  action,
  properties,
});
