import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { CosEvent, Service } from './service.ts';

/** A function that object events wake. */
export interface Subscription {
  readonly functionName: string;
  readonly event: CosEvent;
}

/** A function that the clock wakes. */
export interface Clock {
  readonly functionName: string;
  /** Five cron fields. */
  readonly cron: string;
}

const eventsOf = (service: Service) =>
  Object.entries(service.functions).flatMap(([functionName, { events }]) =>
    events.map((event) => ({ functionName, event })),
  );

export function subscriptionsOf(service: Service): Subscription[] {
  return eventsOf(service).flatMap(({ functionName, event }) =>
    'cos' in event ? [{ functionName, event: event.cos }] : [],
  );
}

export function clocksOf(service: Service): Clock[] {
  return eventsOf(service).flatMap(({ functionName, event }) =>
    'cron' in event ? [{ functionName, cron: event.cron }] : [],
  );
}

/** The one function with http events. @throws SERVICE_INVALID */
export function httpFunctionOf(service: Service): string {
  const names = new Set(
    eventsOf(service).flatMap(({ functionName, event }) => ('http' in event ? [functionName] : [])),
  );
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw new EarshotError('SERVICE_INVALID', {
    file: 'serverless.yml',
    field: 'functions',
    expected: 'one function with http events',
    received: [...names].join(', ') || 'none',
  });
}
