import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { DeliveryResult } from '../local/events/event-dispatcher.ts';
import type { DeadLetter } from '../local/events/outbox.ts';
import type { Reporter } from '../local/reporter.ts';
import { findPlatform } from '../local/running-platform.ts';
import type { CloudPlace } from './cloud/cloud-place.ts';
import { replayInCloud } from './cloud/replay-in-cloud.ts';
import { fetchDeadLetters, replayEvents } from './events-client.ts';

export interface ReplayReport {
  readonly delivered: number;
  readonly failed: number;
  readonly results: readonly DeliveryResult[];
}

/** Where events are delivered: on the platform of a state folder, or in IBM Cloud. */
export type EventsPlace = { readonly stateFolder: string } | { readonly cloud: CloudPlace };

/** `dead-letters`. @throws LOCAL_ONLY for the cloud, PLATFORM_NOT_RUNNING */
export async function listDeadLetters(place: EventsPlace): Promise<DeadLetter[]> {
  if ('cloud' in place) throw localOnly('dead-letters');
  return fetchDeadLetters(await eventsOf('dead-letters', place.stateFolder));
}

/**
 * `replay <key|prefix>`.
 * @throws USAGE, REPLAY_UNMATCHED, PLATFORM_NOT_RUNNING; LOCAL_ONLY for a bucket that no deployment is known of; in the
 *   cloud CLOUD_NOT_FOUND and SETTING_INVALID
 */
export async function replay(
  place: EventsPlace,
  words: readonly string[],
  reporter: Reporter,
): Promise<ReplayReport> {
  const [key = '', ...more] = words;
  if (key === '' || more.length > 0) {
    const received = words.map((word) => JSON.stringify(word)).join(' ') || 'nothing';
    throw new EarshotError('USAGE', { field: 'replay', expected: '<key or prefix>', received });
  }
  const send =
    'cloud' in place
      ? replayInCloud.bind(null, place.cloud)
      : replayEvents.bind(null, await eventsOf('replay', place.stateFolder));
  const results: DeliveryResult[] = [];
  const progress = reporter.progress('replay', null);
  await send(key, (result) => {
    results.push(result);
    progress.update(results.length, 'events');
  });
  progress.end(counted(results.length, 'event'));
  const failed = results.filter(({ failure }) => failure !== null).length;
  return { delivered: results.length - failed, failed, results };
}

export function deadLetterLines(letters: readonly DeadLetter[]): string[] {
  if (letters.length === 0) return ['no dead letters'];
  return letters.map(
    ({ functionName, key, attempts, reason, time }) =>
      `${time} ${functionName} gave up on ${key} after ${counted(attempts, 'attempt')}: ${reason}`,
  );
}

export function replayLines({ delivered, failed, results }: ReplayReport): string[] {
  return [
    ...results.map(({ functionName, key, operation, failure }) => {
      const outcome =
        failure === null ? 'well' : `failed after ${counted(failure.attempts, 'attempt')}: ${failure.reason}`;
      return `${functionName}, ${operation} of ${key}: ${outcome}`;
    }),
    `replayed ${counted(results.length, 'event')}: ${delivered} well, ${failed} failed`,
  ];
}

/** The error that a replay ends with, or null. */
export function replayFailure({ failed, results }: ReplayReport): EarshotError | null {
  const first = results.find(({ failure }) => failure !== null);
  if (first === undefined) return null;
  return new EarshotError('REPLAY_FAILED', {
    file: first.key,
    field: first.functionName,
    received: `${first.failure?.reason}${failed > 1 ? `; ${failed} failed in all` : ''}`,
  });
}

async function eventsOf(command: string, stateFolder: string) {
  if (process.env['COS_ENDPOINT']) throw localOnly(command);
  return (await findPlatform(stateFolder)).events;
}

const localOnly = (command: string) =>
  new EarshotError('LOCAL_ONLY', {
    field: command,
    expected: 'the local platform',
    received: 'a bucket of the cloud',
  });

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
