import * as z from 'zod';
import { catalogue } from '../errors/catalogue.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { type HttpResult, jsonResult } from './http-event.ts';

const text = z.string();

/** The document of a problem; what is not known is absent. */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: text,
    status: z.int().min(400).max(599),
    detail: text,
    code: text.regex(/^[A-Z_0-9]+$/).describe('Of docs/errors.md.'),
    remedy: text,
    path: text.optional().describe('Where in the request, e.g. clips[0].frames[3].'),
    expected: text.optional(),
    received: text.optional(),
    suggestions: z.array(text).optional().describe('What may have been meant instead, likeliest first.'),
    file: text.optional(),
    record: z.int().optional(),
    offset: z.int().optional(),
    limit: z.int().optional().describe('Bytes that are allowed.'),
    size: z.int().optional().describe('Bytes that came.'),
    stage: text.optional().describe('What of the loading of a model is being done.'),
    request_id: text,
    error: text.describe('The detail, where TensorFlow Serving and the Open Inference Protocol have it.'),
  })
  .meta({ id: 'Problem' });

/** Any error as `application/problem+json` (RFC 9457): never a stack, never a 200. */
export function problemResult(error: unknown, requestId: string, retryAfterSeconds?: number): HttpResult {
  const known =
    error instanceof EarshotError ? error : new EarshotError('INTERNAL_FAULT', {}, { cause: error });
  const entry = catalogue[known.code];
  const status = entry.status ?? (entry.kind === 'fault' ? 500 : 400);
  const { path, field, expected, received, file, record, offset, limit, size, stage } = known.details;
  const { suggestions, retryAfterSeconds: ownRetry } = known.details;
  const problem: z.input<typeof problemSchema> = {
    type: 'about:blank',
    title: entry.message,
    status,
    detail: known.message,
    code: known.code,
    remedy: entry.remedy,
    path: path ?? field,
    expected,
    received,
    suggestions: suggestions === undefined ? undefined : [...suggestions],
    file,
    record,
    offset,
    limit,
    size,
    stage,
    request_id: requestId,
    error: known.message,
  };
  const allow =
    known.code === 'METHOD_NOT_ALLOWED' ? { allow: (expected ?? '').replaceAll(' or ', ', ') } : {};
  const seconds = ownRetry ?? (status === 503 ? (retryAfterSeconds ?? 1) : null);
  const retry: Record<string, string> = seconds === null ? {} : { 'retry-after': String(seconds) };
  return jsonResult(status, problem, { 'content-type': 'application/problem+json', ...retry, ...allow });
}
