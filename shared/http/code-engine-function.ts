import type { HttpEvent, HttpHandler, HttpResult } from './http-event.ts';
import { requestIdOf } from './request-id.ts';

/**
 * What Code Engine hands to `main(params)`. The body is base64 for JSON and binary types and plain for text and
 * forms; the content type decides, there is no flag. Query and JSON properties stand beside these and are not used.
 */
export interface CodeEngineParams {
  readonly __ce_method?: string;
  readonly __ce_path?: string;
  /** Raw, without `?`. */
  readonly __ce_query?: string;
  /** Names in canonical case, e.g. `Content-Type`. */
  readonly __ce_headers?: Readonly<Record<string, string>>;
  readonly __ce_body?: string;
}

/** Body: an object for JSON, a string for text, base64 for everything else. */
export interface CodeEngineResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

export type CodeEngineMain = (params: CodeEngineParams) => Promise<CodeEngineResult>;

/** Makes a function of Code Engine's documented contract from a handler of HTTP events. */
export function codeEngineMain(handler: HttpHandler): CodeEngineMain {
  return async (params) => {
    const event = httpEventOf(params);
    const requestId = requestIdOf(event.headers['x-request-id']);
    return codeEngineResultOf(await handler(event, { requestId }));
  };
}

export function httpEventOf(params: CodeEngineParams): HttpEvent {
  const headers = Object.fromEntries(
    Object.entries(params.__ce_headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const body = params.__ce_body ?? '';
  const query = valuesByName(new URLSearchParams(params.__ce_query ?? ''));
  return {
    httpMethod: params.__ce_method ?? 'GET',
    path: params.__ce_path || '/',
    headers,
    queryStringParameters: Object.fromEntries([...query].map(([name, values]) => [name, values.at(-1)!])),
    multiValueQueryStringParameters: Object.fromEntries(query),
    body: body === '' ? null : body,
    isBase64Encoded: !isPlainText(headers['content-type']),
  };
}

/** In one pass: `getAll` for each of ten thousand names would take seconds. */
function valuesByName(query: URLSearchParams): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of query) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return values;
}

function codeEngineResultOf(result: HttpResult): CodeEngineResult {
  const { statusCode, body } = result;
  const headers = plainHeaders(result.headers);
  const type = headers['content-type'] ?? 'text/plain';
  if (/[/+]json\b/.test(type)) return { statusCode, headers, body: JSON.parse(body) };
  return { statusCode, headers, body: isPlainText(type) ? body : Buffer.from(body).toString('base64') };
}

/** Lower-case names; a middleware removes a header by setting it to undefined. */
function plainHeaders(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), value]],
    ),
  );
}

/** The types whose bodies Code Engine passes as they are. */
export function isPlainText(contentType: string | undefined): boolean {
  return /^(text\/|application\/x-www-form-urlencoded)/i.test(contentType ?? '');
}
