import { createHash, timingSafeEqual } from 'node:crypto';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { Hint } from '../../shared/events/cloud-event.ts';
import { secretHeader } from '../../shared/events/subscription-secret.ts';
import { matchesSubscription } from '../service/service.ts';
import type { EventFunctionDescription } from './app-description.ts';

/** Takes the same time for every header of a length. @throws EVENT_REFUSED */
export function expectSecret(secret: string, received: string | string[] | undefined): void {
  if (typeof received === 'string' && timingSafeEqual(digest(received), digest(secret))) return;
  throw new EarshotError('EVENT_REFUSED', {
    field: secretHeader,
    expected: 'the secret of the subscription',
    received: received === undefined ? 'nothing' : 'something else',
  });
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** @throws EVENT_MISDIRECTED when the event is not one that wakes this function in this bucket */
export function expectSubscribed({ cos, cron }: EventFunctionDescription, bucket: string, hint: Hint): void {
  if (hint.kind === 'clock') {
    if (!cron) throw misdirected('ce-type', 'an event of the object store', 'an event of the clock');
    return;
  }
  if (cos.length === 0) throw misdirected('ce-type', 'an event of the clock', 'an event of the object store');
  if (hint.bucket !== bucket) throw misdirected('bucket', bucket, hint.bucket);
  if (cos.some((event) => matchesSubscription(event, hint.key, hint.operation))) return;
  const listened = cos.map(
    ({ prefix = '', suffix = '', operation }) => `${operation} of ${prefix}…${suffix}`,
  );
  throw misdirected('key', listened.join(' or '), `${hint.operation} of ${hint.key}`);
}

const misdirected = (path: string, expected: string, received: string) =>
  new EarshotError('EVENT_MISDIRECTED', { path, expected, received });
