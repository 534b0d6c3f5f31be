import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type CodeEngineParams,
  type CodeEngineResult,
  isPlainText,
} from '../../shared/http/code-engine-function.ts';
import { matchesSubscription } from '../service/service.ts';
import type { Subscription } from '../service/service-events.ts';
import type { ObjectNotice } from './object-store/start-object-store.ts';

/** A delivery that was given up; the sweep finds what it was about. */
export interface DeadLetter {
  readonly functionName: string;
  readonly key: string;
  readonly attempts: number;
  readonly reason: string;
}

export interface DispatcherOptions {
  readonly subscriptions: readonly Subscription[];
  readonly invoke: (functionName: string, params: CodeEngineParams) => Promise<CodeEngineResult>;
  readonly onDeadLetter: (letter: DeadLetter) => void;
  readonly retry?: RetryPolicy;
}

/** The wait doubles from the first to the longest. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** IBM publishes none; this one lasts half a minute. */
const usualRetry: RetryPolicy = { attempts: 8, firstMs: 200, longestMs: 30_000 };

/**
 * Delivers object notices as Code Engine's object-storage subscriptions do: CloudEvents 1.0 in binary mode by POST,
 * again with backoff while the answer is not 2xx and trying again can help.
 */
export class EventDispatcher {
  private readonly options: DispatcherOptions;
  private readonly stopping = new AbortController();
  private pending = 0;
  private idleWaiters: (() => void)[] = [];

  constructor(options: DispatcherOptions) {
    this.options = options;
  }

  notify(notice: ObjectNotice): void {
    for (const { functionName, event } of this.options.subscriptions) {
      if (!matchesSubscription(event, notice.key, notice.operation)) continue;
      this.pending++;
      void this.deliver(functionName, notice.key, cosEventParams(notice)).finally(() => {
        this.pending--;
        if (this.pending === 0) for (const wake of this.idleWaiters.splice(0)) wake();
      });
    }
  }

  /** Resolves when no delivery is under way. */
  idle(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  get underway(): number {
    return this.pending;
  }

  /** Nothing is delivered any more; what is under way is not tried again. */
  stop(): void {
    this.stopping.abort();
  }

  private async deliver(functionName: string, key: string, params: CodeEngineParams): Promise<void> {
    const { attempts, firstMs, longestMs } = this.options.retry ?? usualRetry;
    const { signal } = this.stopping;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const failure = await this.attempt(functionName, params);
      if (failure === null || signal.aborted) return;
      if (!failure.again || attempt === attempts) {
        this.options.onDeadLetter({ functionName, key, attempts: attempt, reason: failure.reason });
        return;
      }
      const backoff = Math.min(firstMs * 2 ** (attempt - 1), longestMs);
      await pause(backoff, undefined, { signal }).catch(() => undefined);
    }
  }

  private async attempt(functionName: string, params: CodeEngineParams) {
    try {
      const { statusCode, body } = await this.options.invoke(functionName, params);
      if (statusCode >= 200 && statusCode < 300) return null;
      const detail = (body as { detail?: unknown } | null)?.detail;
      return {
        again: statusCode >= 500 || statusCode === 429,
        reason: `${statusCode} ${detail ?? ''}`.trim(),
      };
    } catch (error) {
      return { again: true, reason: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Headers and body as the documentation of Code Engine's object-storage subscription shows them. */
export function cosEventParams(notice: ObjectNotice): CodeEngineParams {
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
      'Ce-Id': randomUUID(),
      'Ce-Specversion': '1.0',
      'Content-Type': contentType,
      ...headers,
    },
    __ce_body: isPlainText(contentType) ? text : Buffer.from(text).toString('base64'),
  };
}
