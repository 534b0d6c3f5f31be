import { randomUUID } from 'node:crypto';
import {
  type CodeEngineParams,
  type CodeEngineResult,
  isPlainText,
} from '../../shared/http/code-engine-function.ts';
import { type CosEvent, matchesSubscription } from '../service/service.ts';
import type { ObjectNotice } from './object-store/start-object-store.ts';

export interface Subscription {
  readonly functionName: string;
  readonly event: CosEvent;
}

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
}

const maxAttempts = 8;
const firstRetryMs = 200;
const longestRetryMs = 30_000;

/**
 * Delivers object notices as Code Engine's object-storage subscriptions do: CloudEvents 1.0 in binary mode by POST,
 * again with backoff while the answer is not 2xx and trying again can help.
 */
export class EventDispatcher {
  private readonly options: DispatcherOptions;
  private pending = 0;
  private stopped = false;
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

  stop(): void {
    this.stopped = true;
  }

  private async deliver(functionName: string, key: string, params: CodeEngineParams): Promise<void> {
    for (let attempt = 1; !this.stopped; attempt++) {
      const failure = await this.attempt(functionName, params);
      if (failure === null || this.stopped) return;
      if (!failure.again || attempt === maxAttempts) {
        this.options.onDeadLetter({ functionName, key, attempts: attempt, reason: failure.reason });
        return;
      }
      const backoff = Math.min(firstRetryMs * 2 ** (attempt - 1), longestRetryMs);
      await new Promise((resolve) => setTimeout(resolve, backoff));
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
      'Ce-Subject': encodeURIComponent(key),
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
