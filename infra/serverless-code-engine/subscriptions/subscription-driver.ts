/** What every subscription has. */
interface SubscriptionBase {
  /** Name in the Code Engine project: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** The app that receives the events. */
  readonly app: string;
  /** Path of the app that the events are posted to, e.g. `/events/validate`. */
  readonly path: string;
  /**
   * What the app knows its subscriptions by: each event carries it in the header `secretHeader`. Empty: not known, as it
   * was made by an earlier deployment; the subscriptions that are there know it.
   */
  readonly secret: string;
}

/** Events of the objects of a bucket. */
export interface CosSubscription extends SubscriptionBase {
  readonly kind: 'cos';
  readonly bucket: string;
  readonly operation: 'write' | 'delete' | 'all';
  /** Plain text; empty matches every key. */
  readonly prefix: string;
  readonly suffix: string;
}

/** Events of the clock. */
export interface CronSubscription extends SubscriptionBase {
  readonly kind: 'cron';
  /** Five cron fields, UTC. */
  readonly schedule: string;
}

export type DesiredSubscription = CosSubscription | CronSubscription;

export interface ActualSubscription {
  readonly kind: DesiredSubscription['kind'];
  readonly name: string;
  /** Whether it carries the mark of this service and stage; what does not is never touched. */
  readonly isOurs: boolean;
  /** Whether Code Engine delivers its events; null when that cannot be seen. */
  readonly isReady: boolean | null;
}

export interface SubscriptionChange {
  readonly kind: DesiredSubscription['kind'];
  readonly name: string;
  readonly action: 'create' | 'update' | 'delete' | 'none';
  /** What differs, by property and without values: a secret is never shown. */
  readonly properties: readonly string[];
}

/**
 * Code Engine has no public API for subscriptions: they are made by its command line, or by the user, who is given the
 * commands. Every method throws CLI_MISSING, CLI_NOT_READY or CLI_FAILED.
 */
export interface SubscriptionDriver {
  /** Every subscription of the project; none when only commands are printed. */
  list(): Promise<readonly ActualSubscription[]>;
  /** What `apply` would do; touches nothing. @throws SUBSCRIPTION_FOREIGN when a name is taken by what is not ours */
  plan(desired: readonly DesiredSubscription[]): Promise<readonly SubscriptionChange[]>;
  /**
   * Makes the subscriptions of this service and stage what they should be, and deletes those of ours that are not
   * wanted. Broken off, it is finished by the next.
   * @throws SUBSCRIPTION_FOREIGN, SUBSCRIPTION_SECRET_UNKNOWN, before anything is changed
   */
  apply(desired: readonly DesiredSubscription[]): Promise<readonly SubscriptionChange[]>;
  /** Deletes all that are ours; `desired` are those that were wanted last. */
  remove(desired: readonly DesiredSubscription[]): Promise<readonly SubscriptionChange[]>;
}
