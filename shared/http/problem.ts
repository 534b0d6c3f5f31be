import { catalogue } from '../errors/catalogue.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { type HttpResult, jsonResult } from './http-event.ts';

/** Any error as `application/problem+json` (RFC 9457): never a stack, never a 200. */
export function problemResult(error: unknown, requestId: string, retryAfterSeconds?: number): HttpResult {
  const known =
    error instanceof EarshotError ? error : new EarshotError('INTERNAL_FAULT', {}, { cause: error });
  const entry = catalogue[known.code];
  const status = entry.status ?? (entry.kind === 'fault' ? 500 : 400);
  const { path, field, expected, received, file, record, offset } = known.details;
  const problem = {
    type: 'about:blank',
    title: entry.message,
    status,
    detail: known.message,
    code: known.code,
    remedy: entry.remedy,
    path: path ?? field,
    expected,
    received,
    file,
    record,
    offset,
    request_id: requestId,
    error: known.message,
  };
  const allow =
    known.code === 'METHOD_NOT_ALLOWED' ? { allow: (expected ?? '').replaceAll(' or ', ', ') } : {};
  const retry = status === 503 ? { 'retry-after': String(retryAfterSeconds ?? 1) } : {};
  return jsonResult(status, problem, { 'content-type': 'application/problem+json', ...retry, ...allow });
}
