import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { ReadSubscription } from './read-subscriptions.ts';
import type { DesiredSubscription, SubscriptionChange } from './subscription-driver.ts';
import { digestOf, type Owner, ownerMark } from './subscription-marks.ts';

/** What is to be done about one subscription. */
export type SubscriptionStep = SubscriptionChange & {
  /** Null for one that goes. */
  readonly desired: DesiredSubscription | null;
  /** An update that the flags of `update` cannot express. */
  readonly anew: boolean;
};

/**
 * The way from the subscriptions that there are to those that should be: those that are wanted in their order, then
 * those that go. What is not marked as `owner`'s is left alone.
 * @throws SUBSCRIPTION_FOREIGN when a name is taken by such a one
 */
export function compareSubscriptions(
  desired: readonly DesiredSubscription[],
  actual: readonly ReadSubscription[],
  owner: Owner,
): SubscriptionStep[] {
  const wanted = desired.map((one): SubscriptionStep => {
    const found = actual.find(({ kind, name }) => kind === one.kind && name === one.name);
    const { kind, name } = one;
    if (found === undefined) {
      return { kind, name, action: 'create', properties: [], desired: one, anew: false };
    }
    if (found.owner !== ownerMark(owner)) throw foreign(found, owner);
    const properties = differences(one, found);
    const action = properties.length > 0 ? 'update' : 'none';
    return { kind, name, action, properties, desired: one, anew: mustBeMadeAnew(one, found) };
  });
  return [...wanted, ...unwanted(desired, actual, owner)];
}

/** Those of the owner that are not among `desired`. */
export function unwanted(
  desired: readonly DesiredSubscription[],
  actual: readonly ReadSubscription[],
  owner: Owner,
): SubscriptionStep[] {
  return actual
    .filter((one) => one.owner === ownerMark(owner))
    .filter(({ kind, name }) => !desired.some((other) => other.kind === kind && other.name === name))
    .map(({ kind, name }) => ({
      kind,
      name,
      action: 'delete',
      properties: [],
      desired: null,
      anew: false,
    }));
}

function differences(desired: DesiredSubscription, actual: ReadSubscription): string[] {
  const changed = Object.entries(desired)
    .filter(([property, value]) => {
      const found = actual.fields[property];
      return found !== undefined && found !== value;
    })
    .map(([property]) => property);
  // The digest also covers what cannot be read, such as the path.
  if (changed.length === 0 && actual.digest !== digestOf(desired)) changed.push('definition');
  const isKept = desired.secret === '' || actual.secret === desired.secret;
  return isKept ? changed : [...changed, 'secret'];
}

function mustBeMadeAnew(desired: DesiredSubscription, { fields, digest }: ReadSubscription): boolean {
  if (desired.kind === 'cron') return false;
  const { bucket, prefix, suffix } = fields;
  // What cannot be read may be what cannot be updated.
  if (bucket === undefined) return digest !== digestOf(desired);
  if (bucket !== desired.bucket) return true;
  return (desired.prefix === '' && !!prefix) || (desired.suffix === '' && !!suffix);
}

function foreign({ kind, name, owner }: ReadSubscription, mine: Owner): EarshotError {
  return new EarshotError('SUBSCRIPTION_FOREIGN', {
    field: `${kind} subscription ${name}`,
    expected: `the mark ${ownerMark(mine)}`,
    received: owner === null ? 'no mark' : owner,
  });
}
