import { randomUUID } from 'node:crypto';
import { type CodeEngineParams, isPlainText } from '../../../shared/http/code-engine-function.ts';
import type { ObjectNotice } from '../object-store/start-object-store.ts';

/**
 * Headers and body as the documentation of Code Engine's object-storage subscription shows them.
 * @param id of the event: the same each time that it is delivered
 */
export function cosEventParams(notice: ObjectNotice, id: string): CodeEngineParams {
  const { bucket, key, operation, etag, size, contentType, requestId, time } = notice;
  const eventType = operation === 'write' ? 'Object:Write' : 'Object:Delete';
  const body = {
    bucket,
    endpoint: '',
    key,
    notification: {
      bucket_name: bucket,
      ...(contentType === null ? {} : { content_type: contentType }),
      event_type: eventType,
      format: '2.0',
      ...(etag === null ? {} : { object_etag: etag }),
      ...(size === null ? {} : { object_length: String(size) }),
      object_name: key,
      request_id: requestId,
      request_time: time.toISOString(),
    },
    operation: eventType,
  };
  return eventParams(
    {
      'Ce-Id': id,
      'Ce-Source': `https://cloud.ibm.com/catalog/services/cloud-object-storage/${bucket}`,
      'Ce-Subject': headerValue(key),
      'Ce-Time': time.toISOString(),
      'Ce-Type': `com.ibm.cloud.cos.document.${operation}`,
    },
    body,
  );
}

/** The event of a cron subscription (Knative's ping source). */
export function cronEventParams(functionName: string, time: Date): CodeEngineParams {
  return eventParams(
    {
      'Ce-Id': randomUUID(),
      'Ce-Source': `/apis/v1/namespaces/local/pingsources/${functionName}`,
      'Ce-Time': time.toISOString(),
      'Ce-Type': 'dev.knative.sources.ping',
    },
    {},
  );
}

/** CloudEvents HTTP binding 1.0.2, section 3.1.3.2: everything but printable ASCII, and space, quote and percent. */
function headerValue(text: string): string {
  return text.replaceAll(/[^!#$&-~]+/g, (part) =>
    Array.from(Buffer.from(part), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function eventParams(headers: Record<string, string>, body: object): CodeEngineParams {
  const contentType = 'application/json';
  const text = JSON.stringify(body);
  return {
    __ce_method: 'POST',
    __ce_path: '/',
    __ce_query: '',
    __ce_headers: {
      'Ce-Specversion': '1.0',
      'Content-Type': contentType,
      ...headers,
    },
    __ce_body: isPlainText(contentType) ? text : Buffer.from(text).toString('base64'),
  };
}
