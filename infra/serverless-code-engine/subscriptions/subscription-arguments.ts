import { secretExtension } from '../../../shared/events/subscription-secret.ts';
import type { DesiredSubscription } from './subscription-driver.ts';
import { extensionsOf, type Owner } from './subscription-marks.ts';

/**
 * Arguments of `ibmcloud`, with the flags that the Code Engine CLI reference documents (cmd_defs,
 * `subscription cos` and `subscription cron`).
 */

type Named = Pick<DesiredSubscription, 'kind' | 'name'>;

/** Seconds that Code Engine may take to make a subscription ready. */
const readySeconds = 120;

const command = (kind: Named['kind'], verb: string) => ['ce', 'subscription', kind, verb];

export const listArguments = (kind: Named['kind']) => [...command(kind, 'list'), '--output', 'json'];

export function createArguments(desired: DesiredSubscription, owner: Owner): string[] {
  return [
    ...command(desired.kind, 'create'),
    ...nameAndDestination(desired),
    ...(desired.kind === 'cos' ? ['--bucket', desired.bucket] : []),
    ...matter(desired),
    ...extensionFlags(desired, owner),
    ...['--wait', '--wait-timeout', String(readySeconds)],
  ];
}

/** The bucket cannot be changed, and no flag takes a prefix or suffix away: such a subscription is made anew. */
export function updateArguments(desired: DesiredSubscription, owner: Owner): string[] {
  return [
    ...command(desired.kind, 'update'),
    ...nameAndDestination(desired),
    ...matter(desired),
    ...extensionFlags(desired, owner),
  ];
}

export function deleteArguments({ kind, name }: Named): string[] {
  return [...command(kind, 'delete'), '--name', name, '--force', '--ignore-not-found'];
}

/** The same arguments with what stands for the secret instead of it: for people. */
export function withSecret(args: readonly string[], shown: string): string[] {
  const start = `${secretExtension}=`;
  return args.map((arg) => (arg.startsWith(start) ? `${start}${shown}` : arg));
}

function nameAndDestination({ name, app, path }: DesiredSubscription): string[] {
  return ['--name', name, '--destination-type', 'app', '--destination', app, '--path', path];
}

function matter(desired: DesiredSubscription): string[] {
  if (desired.kind === 'cron') return ['--schedule', desired.schedule];
  const { operation, prefix, suffix } = desired;
  return [
    ...['--event-type', operation],
    ...(prefix === '' ? [] : ['--prefix', prefix]),
    ...(suffix === '' ? [] : ['--suffix', suffix]),
  ];
}

function extensionFlags(desired: DesiredSubscription, owner: Owner): string[] {
  return Object.entries(extensionsOf(desired, owner)).flatMap(([name, value]) => [
    '--extension',
    `${name}=${value}`,
  ]);
}
