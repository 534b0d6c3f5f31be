import type * as z from 'zod';
import type { ErrorCode } from '../errors/catalogue.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { parseWithSchema } from '../errors/parse-with-schema.ts';
import type { ObjectStore, WriteOptions, WriteResult } from './object-store.ts';

export interface JsonObject<T> {
  readonly value: T;
  readonly etag: string;
}

/**
 * Reads and checks a JSON object; null when there is none.
 * @throws `code` when it is no JSON or does not fit the schema.
 */
export async function readJson<S extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: S,
  code: ErrorCode,
): Promise<JsonObject<z.output<S>> | null> {
  const object = await store.get(key);
  if (object === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(object.bytes));
  } catch (error) {
    throw new EarshotError(
      code,
      {
        file: key,
        expected: 'JSON in UTF-8',
        received: error instanceof Error ? error.message : String(error),
      },
      { cause: error },
    );
  }
  return { value: parseWithSchema(schema, value, code, { file: key }), etag: object.info.etag };
}

export function writeJson(
  store: ObjectStore,
  key: string,
  value: unknown,
  options: Omit<WriteOptions, 'contentType'> = {},
): Promise<WriteResult> {
  return store.put(key, encodeJson(value), { ...options, contentType: 'application/json' });
}

/** The one JSON form in the bucket: two-space indent, newline at the end. */
export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`, 'utf8');
}
