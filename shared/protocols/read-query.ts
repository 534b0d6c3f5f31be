import * as z from 'zod';
import { parseWithSchema } from '../errors/parse-with-schema.ts';
import type { HttpEvent } from '../http/http-event.ts';

/** The query by its schema, whose numbers and booleans stand in it as text. @throws REQUEST_INVALID below `query` */
export function readQuery<S extends z.ZodObject>(event: HttpEvent, schema: S): z.output<S> {
  const given = Object.entries(event.multiValueQueryStringParameters);
  const values = given.map(([name, texts]) => {
    const type = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
    return [name, textsAs(type, texts)];
  });
  return parseWithSchema(schema, Object.fromEntries(values), 'REQUEST_INVALID', {}, ['query']);
}

function textsAs(type: unknown, texts: readonly string[]): unknown {
  const inner = type instanceof z.ZodOptional ? type.unwrap() : type;
  const [text = ''] = texts;
  if (inner instanceof z.ZodArray || texts.length > 1) return texts;
  if (inner instanceof z.ZodNumber && /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(text)) return Number(text);
  if (inner instanceof z.ZodBoolean && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}
