import pMap from 'p-map';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { DeliveryResult } from '../../local/events/event-dispatcher.ts';
import { planReplay } from '../../local/events/replay-plan.ts';
import { secretKeys } from '../../serverless-code-engine/desired/desired-secrets.ts';
import { eventsAppName } from '../../serverless-code-engine/desired/desired-state.ts';
import { parts, resourceName } from '../../serverless-code-engine/desired/resource-names.ts';
import { matchesSubscription, type Service } from '../../service/service.ts';
import { subscriptionsOf } from '../../service/service-events.ts';
import { type CloudPlace, openCloudBucket, openProject } from './cloud-place.ts';
import { deployedSecret } from './deployed-secret.ts';
import { type EventsTarget, sendEvent } from './send-event.ts';

/** A second more than Code Engine lets a request to an app take. */
const timeoutMs = 601_000;
const firstWaitMs = 2000;
/** Events at once: what wakes several instances, and does not stand in the way of uploads. */
const concurrency = 16;

/** Where the events of a deployment go. @throws CLOUD_NOT_FOUND, SETTING_INVALID */
export async function findEventsApp(place: CloudPlace): Promise<EventsTarget> {
  const project = await openProject(place);
  const name = eventsAppName(place.owner);
  const url = (await project.get('app', name))?.endpoint;
  if (url === undefined) {
    throw new EarshotError('CLOUD_NOT_FOUND', { resource: `app ${name}`, received: 'none' });
  }
  const stored = resourceName(place.owner, parts.eventsSecret);
  const secret = await deployedSecret(place.env, 'EARSHOT_EVENTS_SECRET', project, stored, secretKeys.events);
  return { url, secret, timeoutMs, firstWaitMs };
}

/** Sends the events of the objects of a key or prefix to the deployment. @throws REPLAY_UNMATCHED, as `findEventsApp` */
export async function replayInCloud(
  place: CloudPlace,
  key: string,
  onResult: (result: DeliveryResult) => void,
): Promise<void> {
  const { service } = place;
  await replayTo(await findEventsApp(place), service, openCloudBucket(place), key, onResult);
}

/** Code Engine keeps no events that were given up: what is there is told of, as it is now. @throws REPLAY_UNMATCHED */
export async function replayTo(
  target: EventsTarget,
  service: Service,
  store: ObjectStore,
  key: string,
  onResult: (result: DeliveryResult) => void,
): Promise<void> {
  const notices = await planReplay(key, { bucket: service.provider.bucket, store, letters: [] });
  const subscriptions = subscriptionsOf(service);
  const events = notices.flatMap((notice) =>
    subscriptions
      .filter(({ event }) => matchesSubscription(event, notice.key, notice.operation))
      .map(({ functionName }) => ({ functionName, notice })),
  );
  if (events.length === 0) {
    const expected = 'a key or prefix that a subscription of serverless.yml matches';
    throw new EarshotError('REPLAY_UNMATCHED', { file: key, expected });
  }
  await pMap(
    events,
    async ({ functionName, notice }) => onResult(await sendEvent(target, functionName, notice)),
    { concurrency },
  );
}
