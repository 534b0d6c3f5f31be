import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { eventsPath, secretHeader } from '../../../shared/events/subscription-secret.ts';
import { httpEventOf } from '../../../shared/http/code-engine-function.ts';
import { bodyBytes } from '../../../shared/http/http-event.ts';
import type { DeliveryResult } from '../../local/events/event-dispatcher.ts';
import { cosEventParams } from '../../local/events/event-params.ts';
import type { ObjectNotice } from '../../local/object-store/start-object-store.ts';

export interface EventsTarget {
  /** Base URL of the events app. */
  readonly url: string;
  readonly secret: string;
  /** Milliseconds that an event may take. */
  readonly timeoutMs: number;
  /** Milliseconds before the second attempt; twice as long before each further one. */
  readonly firstWaitMs: number;
}

const mostAttempts = 5;

/**
 * Posts an event to a function of the events app as its subscription does, again while that can help: the app is
 * starting, full, or met a fault.
 */
export async function sendEvent(
  target: EventsTarget,
  functionName: string,
  notice: ObjectNotice,
): Promise<DeliveryResult> {
  const id = randomUUID();
  const about = { functionName, key: notice.key, operation: notice.operation };
  for (let attempts = 1; ; attempts++) {
    const { reason, isFinal } = await post(target, functionName, notice, id);
    if (reason === null) return { ...about, failure: null };
    if (isFinal || attempts === mostAttempts) return { ...about, failure: { attempts, reason } };
    await pause(target.firstWaitMs * 2 ** (attempts - 1));
  }
}

async function post(
  { url, secret, timeoutMs }: EventsTarget,
  functionName: string,
  notice: ObjectNotice,
  id: string,
): Promise<{ reason: string | null; isFinal: boolean }> {
  const event = httpEventOf(cosEventParams(notice, id));
  try {
    const response = await fetch(`${url}${eventsPath(functionName)}`, {
      method: 'POST',
      headers: { ...event.headers, [secretHeader]: secret },
      body: Buffer.from(bodyBytes(event)),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (response.ok) return { reason: null, isFinal: true };
    const isFinal = response.status < 500 && response.status !== 429;
    return { reason: `${response.status} ${detailOf(text)}`, isFinal };
  } catch (error) {
    const reason = error instanceof Error ? String(error.cause ?? error.message) : String(error);
    return { reason, isFinal: false };
  }
}

function detailOf(text: string): string {
  try {
    const { code, detail } = JSON.parse(text) as { code?: string; detail?: string };
    if (detail !== undefined) return code === undefined ? detail : `${code}: ${detail}`;
  } catch {
    // Not a problem document: the words of a proxy.
  }
  return text.slice(0, 200);
}
