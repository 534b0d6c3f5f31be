import type { RequestTrace } from '../http/request-trace.ts';
import type { Meter } from './meter.ts';

/** A request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  readonly status: number;
  /** Milliseconds. */
  readonly ms: number;
  readonly trace: RequestTrace;
}

const knownMethods: readonly string[] = ['GET', 'POST', 'OPTIONS'];

/** A caller may write any method. */
export const methodLabel = (method: string): string => (knownMethods.includes(method) ? method : 'other');

export function countRequest(meter: Meter, { method, status, ms, trace }: AnsweredRequest): void {
  const { route: pattern, model, version, clips, code, key, phaseMs } = trace;
  const route = pattern ?? 'none';
  meter.add('earshot_requests_total', { route, method: methodLabel(method), status: `${status}` });
  meter.add('earshot_request_duration_seconds', { route }, ms / 1000);
  if (code !== null) meter.add('earshot_rejections_total', { code });
  if (key !== null) meter.add('earshot_key_requests_total', { key });
  if (model === null || version === null || clips === null) return;
  const served = { model, version };
  meter.add('earshot_clips_total', served, clips);
  meter.add('earshot_prediction_duration_seconds', served, ms / 1000);
  meter.add('earshot_queue_duration_seconds', served, (phaseMs.queue ?? 0) / 1000);
}
