import { createHash } from 'node:crypto';
import { secretExtension } from '../../../shared/events/subscription-secret.ts';
import type { DesiredSubscription } from './subscription-driver.ts';

/** Whose subscriptions these are. */
export interface Owner {
  readonly service: string;
  readonly stage: string;
}

/**
 * A subscription has no tags, but it has CloudEvents extensions: they hold whose it is and what it was made from, beside
 * the secret. Names as CloudEvents 1.0 has them: at most 20 lower-case letters and digits.
 */
export const ownerExtension = 'earshotowner';
export const digestExtension = 'earshotdigest';

export const ownerMark = ({ service, stage }: Owner) => `${service}.${stage}`;

/** By name, in the order in which they are given to the command line. */
export function extensionsOf(desired: DesiredSubscription, owner: Owner): Readonly<Record<string, string>> {
  return {
    [ownerExtension]: ownerMark(owner),
    [digestExtension]: digestOf(desired),
    [secretExtension]: desired.secret,
  };
}

/** Of all but the secret, which is compared itself. 16 hexadecimal digits. */
export function digestOf({ secret: _, ...rest }: DesiredSubscription): string {
  const sorted = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}
