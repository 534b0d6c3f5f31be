import type { IncomingMessage } from 'node:http';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { type Hint, parseCloudEvent } from '../../shared/events/cloud-event.ts';
import { secretHeader } from '../../shared/events/subscription-secret.ts';
import {
  type CodeEngineMain,
  type CodeEngineParams,
  httpEventOf,
} from '../../shared/http/code-engine-function.ts';
import { problemResult } from '../../shared/http/problem.ts';
import { log } from '../../shared/log/log.ts';
import { answerOf, paramsOf } from '../local/code-engine-http.ts';
import { readBody } from '../local/node-http.ts';
import { expectSecret, expectSubscribed } from './admission.ts';
import type { EventFunctionDescription } from './app-description.ts';
import type { Places } from './places.ts';

/** A function of the app, where its events arrive. */
export interface EventRoute {
  readonly name: string;
  readonly description: EventFunctionDescription;
  /** Called once for each event. @throws when its bundle cannot be loaded */
  readonly main: () => CodeEngineMain;
  readonly places: Places;
}

export interface Subscribed {
  /** The one whose events are taken. */
  readonly bucket: string;
  /** What every event must show. */
  readonly secret: string;
}

/** What is sent for a request. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Uint8Array | string;
}

interface Taken {
  readonly hint: Hint;
  readonly params: CodeEngineParams;
}

/** An event is at most a key of 1024 bytes, told a few times, and some figures. */
const maxEventBytes = 64 * 1024;

/**
 * Runs the function for the event that a request brings, and answers as the function has ended: 2xx when it is done,
 * 4xx when sending it again cannot help, 5xx when it can. Every event is a line of the log, whatever became of it.
 */
export async function takeEvent(
  route: EventRoute,
  subscribed: Subscribed,
  request: IncomingMessage,
  requestId: string,
): Promise<Answer> {
  const started = performance.now();
  let hint: Hint | undefined;
  let answer: Answer;
  let failure: { readonly code: string; readonly message?: string } | undefined;
  try {
    const taken = await admit(route, subscribed, request, requestId);
    hint = taken.hint;
    answer = answerOf(await route.places.run(async () => route.main()(taken.params)));
  } catch (error) {
    const known = error instanceof EarshotError;
    failure = known ? { code: error.code } : { code: 'INTERNAL_FAULT', message: String(error) };
    answer = answerOfProblem(error, requestId);
  }
  const { status } = answer;
  const outcome = status < 300 ? 'done' : status < 500 ? 'refused' : 'failed';
  log(outcome === 'done' ? 'info' : outcome === 'refused' ? 'warning' : 'error', 'event', {
    function: route.name,
    id: hint?.id ?? null,
    key: hint?.kind === 'object' ? hint.key : null,
    operation: hint?.kind === 'object' ? hint.operation : null,
    ms: Math.round(performance.now() - started),
    outcome,
    status,
    ...failure,
    requestId,
  });
  return answer;
}

/** The secret comes first: of a request without it nothing else is looked at. */
async function admit(
  { description }: EventRoute,
  { secret, bucket }: Subscribed,
  request: IncomingMessage,
  requestId: string,
): Promise<Taken> {
  expectSecret(secret, request.headers[secretHeader]);
  delete request.headers[secretHeader];
  const body = await readBody(request, maxEventBytes);
  const params = { ...paramsOf(request, body, requestId), __ce_path: '/', __ce_query: '' };
  const hint = parseCloudEvent(httpEventOf(params).headers, Buffer.from(body).toString('utf8'));
  expectSubscribed(description, bucket, hint);
  return { hint, params };
}

export function answerOfProblem(error: unknown, requestId: string): Answer {
  const { statusCode, headers, body } = problemResult(error, requestId);
  return { status: statusCode, headers, body };
}
