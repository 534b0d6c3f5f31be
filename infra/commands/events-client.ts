import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { catalogue, type ErrorCode } from '../../shared/errors/catalogue.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { DeliveryResult } from '../local/events/event-dispatcher.ts';
import { type DeadLetter, deadLetterSchema } from '../local/events/outbox-records.ts';
import type { RunningPlatform } from '../local/running-platform.ts';

const lettersSchema = z.object({ letters: z.array(deadLetterSchema) });
const refusalSchema = z.object({ code: z.string(), details: z.record(z.string(), z.any()) });
/** A delivery, or the end. */
const lineSchema = z
  .object({
    functionName: z.string(),
    key: z.string(),
    operation: z.enum(['write', 'delete']),
    failure: z.object({ attempts: z.int(), reason: z.string() }).nullable(),
  })
  .nullable();

type Place = RunningPlatform['events'];

/** The deliveries that the platform gave up, the latest last. @throws PLATFORM_NOT_RUNNING */
export async function fetchDeadLetters(place: Place): Promise<DeadLetter[]> {
  const response = await ask(place, 'GET', '/dead-letters');
  return lettersSchema.parse(JSON.parse(await textOf(response))).letters;
}

/**
 * Has the platform send events again; tells of each delivery as it ends, however long that takes.
 * @throws REPLAY_UNMATCHED, PLATFORM_NOT_RUNNING also when the platform ends meanwhile
 */
export async function replayEvents(
  place: Place,
  key: string,
  onResult: (result: DeliveryResult) => void,
): Promise<void> {
  const response = await ask(place, 'POST', '/replay', { key });
  if (response.statusCode !== 200) throw refusalOf(await textOf(response));
  try {
    for await (const text of createInterface({ input: response })) {
      const line = lineSchema.parse(JSON.parse(text));
      if (line === null) return;
      onResult(line);
    }
  } catch (error) {
    throw ended(error);
  }
  throw ended();
}

/** Not by `fetch`, which gives up when no byte comes for five minutes. */
function ask({ url, key }: Place, method: string, path: string, body?: object): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sent = request(new URL(path, url), { method, headers }, resolve);
    sent.on('error', (error) => reject(ended(error)));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function refusalOf(text: string): EarshotError {
  const { code, details } = refusalSchema.parse(JSON.parse(text));
  return new EarshotError(Object.hasOwn(catalogue, code) ? (code as ErrorCode) : 'INTERNAL_FAULT', details);
}

const ended = (cause?: unknown) =>
  new EarshotError('PLATFORM_NOT_RUNNING', { received: 'no answer, or only a part of one' }, { cause });
