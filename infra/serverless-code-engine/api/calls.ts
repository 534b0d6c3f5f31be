import * as z from 'zod';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../../shared/errors/parse-with-schema.ts';
import { bodyOf, call } from './caller.ts';
import type { Connection } from './connection.ts';

/** What a service is asked, and what its answer must look like. */
interface Subject<S extends z.ZodType> {
  readonly url: string;
  /** For people: `app events`. */
  readonly resource: string;
  readonly answer: S;
  /** Values that no message may show. */
  readonly secrets?: readonly string[];
}

export interface Writing<S extends z.ZodType> extends Subject<S> {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What a call whose answer was lost made; null when it took no effect. */
  readonly effect: () => Promise<z.output<S> | null>;
}

const json = { accept: 'application/json' };

/** GET; null when there is none. */
export async function read<S extends z.ZodType>(
  connection: Connection,
  { url, answer: schema, ...options }: Subject<S>,
): Promise<z.output<S> | null> {
  const { answer } = await call(connection, { method: 'GET', url, headers: json }, options);
  return answer.status === 404 ? null : bodyOf(answer, schema, options);
}

/** POST. It is repeated only after a look whether it took effect. @throws CLOUD_CONFLICT when it was there before */
export function create<S extends z.ZodType>(
  connection: Connection,
  writing: Writing<S>,
): Promise<z.output<S>> {
  return write(connection, 'POST', { ...writing, lookBetween: true });
}

/** PATCH or PUT. With If-Match a repetition can do no harm. @throws CLOUD_CONFLICT when another came first */
export function change<S extends z.ZodType>(
  connection: Connection,
  method: 'PATCH' | 'PUT',
  writing: Writing<S>,
): Promise<z.output<S>> {
  return write(connection, method, { ...writing, lookBetween: false });
}

async function write<S extends z.ZodType>(
  connection: Connection,
  method: 'POST' | 'PATCH' | 'PUT',
  { url, body, headers = {}, answer, effect, lookBetween, ...options }: Writing<S> & { lookBetween: boolean },
): Promise<z.output<S>> {
  const called = await call<z.output<S>>(
    connection,
    {
      method,
      url,
      headers: { ...json, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    },
    { ...options, ...(lookBetween ? { effect } : {}) },
  );
  if ('effect' in called) return called.effect;
  // The conflict may be with the call's own first attempt.
  const ownConflict = called.inDoubt && (called.answer.status === 409 || called.answer.status === 412);
  return (ownConflict ? await effect() : null) ?? bodyOf(called.answer, answer, options);
}

/** DELETE; what is gone already is no error. */
export async function remove(connection: Connection, url: string, resource: string): Promise<void> {
  const { answer } = await call(connection, { method: 'DELETE', url, headers: json }, { resource });
  if (answer.status !== 404) bodyOf(answer, z.unknown(), { resource });
}

/**
 * A request's body, checked before it is sent.
 * @throws CLOUD_REFUSED with path and what was expected; what was received is told only of bodies without secrets
 */
export function checkedBody<S extends z.ZodType>(
  schema: S,
  body: unknown,
  { resource, secrets }: { readonly resource: string; readonly secrets?: readonly string[] | undefined },
): z.output<S> {
  try {
    return parseWithSchema(schema, body, 'CLOUD_REFUSED', { resource });
  } catch (error) {
    if (!(error instanceof EarshotError) || secrets === undefined) throw error;
    const { received: _, ...details } = error.details;
    throw new EarshotError(error.code, details);
  }
}
