import type * as z from 'zod';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../../shared/errors/parse-with-schema.ts';
import { cloudError, jsonOf } from './cloud-error.ts';
import type { Connection } from './connection.ts';
import { type Answer, type Call, callOnce, isTransient, type Outcome, retryAfterMs } from './http-call.ts';

/** With waits of at most 0.5, 1, 2, 4 and 8 s between them, chosen at random from the upper half. */
const attempts = 6;
const firstWaitMs = 500;
/** A server that wants more is not waited for. */
const longestWaitMs = 60_000;

export interface CallOptions<T> {
  /** What the call is about, for people: `app events`. */
  readonly resource: string;
  /** Values that no message may show. */
  readonly secrets?: readonly string[];
  /** Asked before a call without an answer is repeated: what it made, null when it took no effect. */
  readonly effect?: () => Promise<T | null>;
}

interface Answered {
  readonly answer: Answer;
  /** An earlier attempt had no answer, and may have taken effect. */
  readonly inDoubt: boolean;
}
/** Never of a call that was given no `effect`. */
type Called<T> = Answered | ([T] extends [never] ? never : { readonly effect: T });

/**
 * Calls with a token, again while there is no answer or one that passes (408, 429, 5xx). Other answers, of success or
 * not, are returned.
 * @throws CLOUD_UNREACHABLE after the last attempt, and what the tokens and `effect` throw
 */
export async function call<T = never>(
  connection: Connection,
  request: Call,
  { resource, secrets, effect }: CallOptions<T>,
): Promise<Called<T>> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await callWithToken(connection, request);
    if (!isTransient(outcome)) return { answer: outcome as Answer, inDoubt: attempt > 1 };
    await waitOrThrow(connection, attempt, outcome, cloudError(resource, outcome, secrets), request.method);
    const found = (await effect?.()) ?? null;
    if (found !== null) return { effect: found } as Called<T>;
  }
}

/** A token may be refused before its end, when the key's rights changed or a clock is wrong: one more is tried. */
async function callWithToken({ tokens }: Connection, request: Call): Promise<Outcome> {
  for (let again = false; ; again = true) {
    const authorization = `Bearer ${await tokens.token()}`;
    const outcome = await callOnce({ ...request, headers: { ...request.headers, authorization } });
    if (again || 'lost' in outcome || outcome.status !== 401) return outcome;
    tokens.forget();
  }
}

/** Waits before the next attempt. @throws `trouble` when there is none */
export async function waitOrThrow(
  { pause = sleep, onRetry }: Pick<Connection, 'pause' | 'onRetry'>,
  attempt: number,
  outcome: Outcome,
  trouble: EarshotError,
  method: string,
): Promise<void> {
  const wanted = retryAfterMs(outcome);
  if (attempt >= attempts || (wanted ?? 0) > longestWaitMs) throw trouble;
  const most = firstWaitMs * 2 ** (attempt - 1);
  const waitMs = wanted ?? most * (0.5 + Math.random() / 2);
  const { resource, received } = trouble.details;
  onRetry?.(`${method} ${resource}: ${received}; again in ${(waitMs / 1000).toFixed(1)} s`);
  await pause(waitMs);
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * The body of a success, checked. What was received instead is not told: it may be a secret.
 * @throws what `cloudError` makes of another answer, CLOUD_ANSWER_INVALID
 */
export function bodyOf<S extends z.ZodType>(
  answer: Answer,
  schema: S,
  { resource, secrets = [] }: Pick<CallOptions<unknown>, 'resource' | 'secrets'>,
): z.output<S> {
  if (answer.status < 200 || answer.status > 299) throw cloudError(resource, answer, secrets);
  try {
    return parseWithSchema(schema, jsonOf(answer.text), 'CLOUD_ANSWER_INVALID', { resource });
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    const { received: _, ...details } = error.details;
    throw new EarshotError(error.code, details);
  }
}
