import type { IncomingMessage } from 'node:http';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import {
  type CodeEngineParams,
  type CodeEngineResult,
  isPlainText,
} from '../../shared/http/code-engine-function.ts';
import { pathOf, queryOf } from './node-http.ts';

/** Bytes of a request and of an answer, as Code Engine limits a function. */
export const maxBodyBytes = 5 * 1024 * 1024;

/** What a function is called with for a request, by Code Engine's documented rules. */
export function paramsOf(request: IncomingMessage, body: Uint8Array, requestId: string): CodeEngineParams {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[canonical(name)] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  headers['X-Request-Id'] = requestId;
  const encoding = isPlainText(request.headers['content-type']) ? 'utf8' : 'base64';
  return {
    __ce_method: request.method ?? 'GET',
    __ce_path: pathOf(request),
    __ce_query: queryOf(request),
    __ce_headers: headers,
    ...(body.length === 0 ? {} : { __ce_body: Buffer.from(body).toString(encoding) }),
  };
}

/** What a function may leave out: the type is `text/plain` then. */
type LooseResult = { statusCode: number; headers?: Record<string, string | string[]>; body?: unknown };

/** What is sent for the answer of a function. @throws FUNCTION_CRASHED, INTERNAL_FAULT */
export function answerOf(result: CodeEngineResult) {
  const { statusCode: status, headers: given = {}, body }: LooseResult = result;
  const headers = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]),
  );
  headers['content-type'] ??= 'text/plain';
  const bytes = bytesOf(String(headers['content-type']), body);
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new EarshotError('FUNCTION_CRASHED', {
      expected: 'a statusCode from 200 to 599',
      received: `${status}`,
    });
  }
  if (bytes.length > maxBodyBytes) {
    const [expected, received] = [`at most ${maxBodyBytes} bytes`, `${bytes.length} bytes`];
    throw new EarshotError('INTERNAL_FAULT', { expected, received });
  }
  return { status, headers, body: bytes };
}

/** JSON comes as a value or as its text, text as it is, everything else as base64. */
function bytesOf(type: string, body: unknown): Uint8Array {
  if (typeof body !== 'string') return Buffer.from(JSON.stringify(body) ?? '');
  const readable = isPlainText(type) || /[/+]json\b/i.test(type);
  return Buffer.from(body, readable ? 'utf8' : 'base64');
}

/** `content-type` → `Content-Type`. */
const canonical = (name: string) => name.replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase());
