import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { DeliveryResult } from '../local/events/event-dispatcher.ts';
import type { DeadLetter } from '../local/events/outbox.ts';
import type { Reporter } from '../local/reporter.ts';
import { findPlatform, type RunningPlatform } from '../local/running-platform.ts';
import { fetchDeadLetters, replayEvents } from './events-client.ts';

export interface ReplayReport {
  readonly delivered: number;
  readonly failed: number;
  readonly results: readonly DeliveryResult[];
}

/** `dead-letters`. @throws NOT_BUILT_YET for the cloud, PLATFORM_NOT_RUNNING */
export async function listDeadLetters(stateFolder: string): Promise<DeadLetter[]> {
  return fetchDeadLetters(await eventsOf('dead-letters', stateFolder));
}

/** `replay <key|prefix>`. @throws USAGE, NOT_BUILT_YET for the cloud, PLATFORM_NOT_RUNNING, REPLAY_UNMATCHED */
export async function replay(
  stateFolder: string,
  words: readonly string[],
  reporter: Reporter,
): Promise<ReplayReport> {
  const [key = '', ...more] = words;
  if (key === '' || more.length > 0) {
    const received = words.map((word) => JSON.stringify(word)).join(' ') || 'nothing';
    throw new EarshotError('USAGE', { field: 'replay', expected: '<key or prefix>', received });
  }
  const place = await eventsOf('replay', stateFolder);
  const results: DeliveryResult[] = [];
  const progress = reporter.progress('replay', null);
  await replayEvents(place, key, (result) => {
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

async function eventsOf(command: string, stateFolder: string): Promise<RunningPlatform['events']> {
  if (process.env['COS_ENDPOINT']) {
    const [expected, received] = ['the local platform', 'a bucket of the cloud in COS_ENDPOINT'];
    throw new EarshotError('NOT_BUILT_YET', { field: command, expected, received });
  }
  return (await findPlatform(stateFolder)).events;
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
