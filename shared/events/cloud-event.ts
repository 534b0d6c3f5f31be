import * as z from 'zod';
import { EarshotError } from '../errors/earshot-error.ts';
import { parseWithSchema } from '../errors/parse-with-schema.ts';

/** What is used of the body of a Code Engine object-storage event (subscription-cos, CloudEvents 1.0, binary mode). */
const cosBodySchema = z.object({ bucket: z.string(), key: z.string().min(1) });

/** A hint that something happened to an object: look at the object as it is now. */
export interface ObjectHint {
  readonly kind: 'object';
  readonly id: string;
  readonly operation: 'write' | 'delete';
  readonly bucket: string;
  readonly key: string;
}

/** The clock of a cron subscription. */
export interface ClockHint {
  readonly kind: 'clock';
  readonly id: string;
}

export type Hint = ObjectHint | ClockHint;

const cosTypes = new Map([
  ['com.ibm.cloud.cos.document.write', 'write'],
  ['com.ibm.cloud.cos.document.delete', 'delete'],
] as const);
const clockType = 'dev.knative.sources.ping';

type Headers = Readonly<Record<string, string>>;

/**
 * Reads a CloudEvent from lower-case headers and its body.
 * @throws REQUEST_INVALID when a header or a part of the body is not as documented
 */
export function parseCloudEvent(headers: Headers, body: string): Hint {
  const id = header(headers, 'ce-id');
  const version = header(headers, 'ce-specversion');
  if (version !== '1.0') throw invalid('ce-specversion', '1.0', version);
  const type = header(headers, 'ce-type');
  if (type === clockType) return { kind: 'clock', id };
  const operation = (cosTypes as ReadonlyMap<string, ObjectHint['operation']>).get(type);
  if (operation === undefined) {
    throw invalid('ce-type', [...cosTypes.keys(), clockType].join(' or '), type);
  }
  const { bucket, key } = parseWithSchema(cosBodySchema, parseJson(body), 'REQUEST_INVALID');
  return { kind: 'object', id, operation, bucket, key };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalid('body', 'a JSON object', body.slice(0, 40));
  }
}

function header(headers: Headers, name: string): string {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined || value === '') throw invalid(name, 'a CloudEvents header', 'nothing');
  return value;
}

const invalid = (path: string, expected: string, received: string) =>
  new EarshotError('REQUEST_INVALID', { path, expected, received });
