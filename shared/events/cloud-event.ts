import * as z from 'zod';
import { EarshotError } from '../errors/earshot-error.ts';
import { parseWithSchema } from '../errors/parse-with-schema.ts';

/** Body of a Code Engine object-storage event (subscription-cos, CloudEvents 1.0 in binary mode). */
const cosBodySchema = z.object({
  bucket: z.string(),
  key: z.string().min(1),
  operation: z.string(),
  notification: z.object({
    event_type: z.string(),
    object_name: z.string(),
    object_etag: z.string().optional(),
    /** A string, as Code Engine sends it. */
    object_length: z.string().optional(),
    request_id: z.string().optional(),
    request_time: z.string().optional(),
  }),
});

/** A hint that something happened to an object: look at the object as it is now. */
export interface ObjectHint {
  readonly kind: 'object';
  readonly id: string;
  readonly operation: 'write' | 'delete';
  readonly key: string;
}

/** The clock of a cron subscription. */
export interface ClockHint {
  readonly kind: 'clock';
  readonly id: string;
}

export type Hint = ObjectHint | ClockHint;

const cosTypes = {
  'com.ibm.cloud.cos.document.write': 'write',
  'com.ibm.cloud.cos.document.delete': 'delete',
} as const;
const clockType = 'dev.knative.sources.ping';

/**
 * Reads a CloudEvent from lower-case headers and its body.
 * @throws REQUEST_INVALID when a header or a part of the body is not as documented
 */
export function parseCloudEvent(headers: Readonly<Record<string, string>>, body: string): Hint {
  const id = header(headers, 'ce-id');
  const type = header(headers, 'ce-type');
  if (type === clockType) return { kind: 'clock', id };
  if (!(type in cosTypes)) {
    throw new EarshotError('REQUEST_INVALID', {
      path: 'ce-type',
      expected: [...Object.keys(cosTypes), clockType].join(' or '),
      received: type,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new EarshotError('BODY_MALFORMED', { expected: 'a JSON object', received: body.slice(0, 40) });
  }
  const { key } = parseWithSchema(cosBodySchema, json, 'REQUEST_INVALID');
  return { kind: 'object', id, operation: cosTypes[type as keyof typeof cosTypes], key };
}

function header(headers: Readonly<Record<string, string>>, name: string): string {
  const value = headers[name];
  if (value === undefined || value === '') {
    throw new EarshotError('REQUEST_INVALID', {
      path: name,
      expected: 'a CloudEvents header',
      received: 'nothing',
    });
  }
  return value;
}
