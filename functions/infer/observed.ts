import { type Environment, optionalSetting } from '../../shared/config/settings.ts';
import type { HttpHandler } from '../../shared/http/http-event.ts';
import { RequestTrace } from '../../shared/http/request-trace.ts';
import { log } from '../../shared/log/log.ts';
import { type AnsweredRequest, countRequest, methodLabel } from '../../shared/telemetry/count-request.ts';
import type { Meter } from '../../shared/telemetry/meter.ts';

/** Whether an answer is a line of the log. */
export type IsLogged = (status: number) => boolean;

/** `failed` and `none` of EARSHOT_REQUEST_LOG; whatever else it says, all. */
export function loggedRequests(env: Environment): IsLogged {
  const wanted = optionalSetting(env, 'EARSHOT_REQUEST_LOG', 'all');
  if (wanted === 'none') return () => false;
  return wanted === 'failed' ? (status) => status >= 400 : () => true;
}

/**
 * Every answer says what took its time and for which request it is, and is counted and a line of the log: the pattern of
 * the path, never the path, the name of the key, never the key.
 */
export function observed(handler: HttpHandler, meter: Meter, isLogged: IsLogged): HttpHandler {
  let started = false;
  let scored = false;
  return async (event, { requestId }) => {
    const isFirst = !started;
    started = true;
    const trace = new RequestTrace(requestId);
    meter.add('earshot_requests_in_flight', {}, 1);
    try {
      const result = await handler(event, { requestId, trace });
      const { statusCode: status } = result;
      const answered = { method: event.httpMethod, status, ms: trace.ms, trace };
      countRequest(meter, answered);
      const isFirstScored = !scored && trace.clips !== null;
      if (isFirstScored) {
        scored = true;
        meter.add('earshot_cold_starts_total');
        meter.add('earshot_cold_start_duration_seconds', {}, process.uptime());
      }
      if (isLogged(status)) tell(answered, requestId, isFirst, isFirstScored);
      return {
        ...result,
        headers: {
          'cache-control': 'no-store',
          ...result.headers,
          'x-request-id': requestId,
          'server-timing': trace.serverTiming(answered.ms),
          ...(isFirst ? { 'x-cold-start': '1' } : {}),
        },
      };
    } finally {
      meter.add('earshot_requests_in_flight', {}, -1);
    }
  };
}

function tell(
  { method, status, ms, trace }: AnsweredRequest,
  requestId: string,
  isFirst: boolean,
  isFirstScored: boolean,
): void {
  const { route, key, code, model, version, clips, phaseMs } = trace;
  log('info', 'request', {
    requestId,
    method: methodLabel(method),
    route,
    status,
    ms: Math.round(10 * ms) / 10,
    phaseMs,
    ...known({ code, key, model, version, clips }),
    ...(trace.batches > 0 ? { batches: trace.batches, batchClips: trace.batchClips } : {}),
    ...(isFirst ? { coldStart: true } : {}),
    ...(isFirstScored ? { processSeconds: Math.round(1000 * process.uptime()) / 1000 } : {}),
  });
}

const known = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
