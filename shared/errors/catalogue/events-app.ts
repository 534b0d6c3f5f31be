import type { CatalogueEntry } from './entry.ts';

/** Codes of the app that receives the events. */
export const eventsAppCodes = {
  EVENT_REFUSED: {
    kind: 'user',
    message: 'The event does not show the secret of its subscription',
    cause: 'Somebody else sent it, or the subscription was made before the secret was changed.',
    remedy: 'Deploy again: it brings subscriptions and secret together.',
    status: 403,
  },
  EVENT_MISDIRECTED: {
    kind: 'user',
    message: 'The event is not one that this function is subscribed to',
    cause: 'The subscription has another bucket, prefix, suffix or operation than serverless.yml.',
    remedy: 'Deploy again: it makes the subscriptions what serverless.yml says.',
    status: 422,
  },
  EVENT_NOT_TAKEN: {
    kind: 'fault',
    message: 'The app takes no further event now',
    cause: 'It is about to end, or is busy with as many events as serverless.yml allows at once.',
    remedy:
      'Send it again: another instance takes it. If it happens often, raise instances in serverless.yml.',
    status: 503,
  },
} as const satisfies Record<string, CatalogueEntry>;
