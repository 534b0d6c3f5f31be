import { eventsPath } from '../../../shared/events/subscription-secret.ts';
import type { Service } from '../../service/service.ts';
import { clocksOf, subscriptionsOf } from '../../service/service-events.ts';
import type { DesiredSubscription } from './subscription-driver.ts';
import type { Owner } from './subscription-marks.ts';

export interface SubscriptionPlace {
  readonly owner: Owner;
  /** The app that takes events. */
  readonly app: string;
  readonly bucket: string;
  readonly secret: string;
}

/** The subscriptions that serverless.yml asks for: one an event, `<service>-<stage>-<function>`, the further ones numbered. */
export function desiredSubscriptions(
  service: Service,
  { owner, app, bucket, secret }: SubscriptionPlace,
): DesiredSubscription[] {
  const counts = new Map<string, number>();
  const about = (functionName: string) => {
    const count = (counts.get(functionName) ?? 0) + 1;
    counts.set(functionName, count);
    const words = [owner.service, owner.stage, functionName, ...(count > 1 ? [count] : [])];
    return { name: resourceName(words.join('-')), app, path: eventsPath(functionName), secret };
  };
  return [
    ...subscriptionsOf(service).map(({ functionName, event }) => ({
      kind: 'cos' as const,
      ...about(functionName),
      bucket,
      operation: event.operation,
      prefix: event.prefix ?? '',
      suffix: event.suffix ?? '',
    })),
    ...clocksOf(service).map(({ functionName, cron }) => ({
      kind: 'cron' as const,
      ...about(functionName),
      schedule: cron,
    })),
  ];
}

/** Begins and ends with a lower-case letter or digit; between them hyphens too. */
const resourceName = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
