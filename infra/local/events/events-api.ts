import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import pMap from 'p-map';
import * as z from 'zod';
import { catalogue } from '../../../shared/errors/catalogue.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../../shared/errors/parse-with-schema.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { pathOf, readBody, sendJson } from '../node-http.ts';
import type { EventDispatcher } from './event-dispatcher.ts';
import type { Outbox } from './outbox.ts';
import { planReplay } from './replay-plan.ts';

const maxBytes = 64 * 1024;
/** Notices that are replayed at once; the functions take what they can. */
const concurrency = 64;

const replayRequestSchema = z.strictObject({ key: z.string().min(1) });

export interface EventsApiOptions {
  /** That a caller must show, as a bearer token. */
  readonly key: string;
  readonly bucket: string;
  readonly store: ObjectStore;
  readonly outbox: Outbox;
  readonly dispatcher: EventDispatcher;
}

/**
 * What the commands ask of a running platform: `GET /dead-letters` gives `{letters}`; `POST /replay` of `{key}` sends
 * events again and answers with a line of JSON for each delivery as it ends, and `null` last.
 */
export function createEventsApi(options: EventsApiOptions): Server {
  return createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else refuse(response, error);
    });
  });
}

async function answer(
  { key, bucket, store, outbox, dispatcher }: EventsApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.headers.authorization !== `Bearer ${key}`) {
    sendJson(response, 401, {});
    return;
  }
  const called = `${request.method} ${pathOf(request)}`;
  if (called === 'GET /dead-letters') {
    sendJson(response, 200, { letters: outbox.deadLetters() });
  } else if (called === 'POST /replay') {
    const text = Buffer.from(await readBody(request, maxBytes)).toString('utf8');
    const asked = parseWithSchema(replayRequestSchema, JSON.parse(text), 'REQUEST_INVALID');
    const letters = outbox.deadLetters();
    const notices = await planReplay(asked.key, { bucket, store, letters });
    const listened = notices.filter((notice) => dispatcher.isHeard(notice));
    if (listened.length === 0) {
      throw new EarshotError('REPLAY_UNMATCHED', {
        file: asked.key,
        expected: 'a subscription that matches',
        received: `${notices.length} objects that none does`,
      });
    }
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.flushHeaders();
    const say = (line: unknown) => response.write(`${JSON.stringify(line)}\n`);
    await pMap(
      listened,
      async (notice) => {
        for (const result of await dispatcher.replay(notice)) say(result);
      },
      { concurrency },
    );
    say(null);
    response.end();
  } else {
    sendJson(response, 404, {});
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof EarshotError ? error : new EarshotError('INTERNAL_FAULT', {}, { cause: error });
  const { code, details } = known;
  sendJson(response, catalogue[code].status ?? 500, { code, details });
}
