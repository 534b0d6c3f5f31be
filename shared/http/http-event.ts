import type { RequestTrace } from './request-trace.ts';

/** A request as middy's http middlewares know it (API Gateway's first payload format). */
export interface HttpEvent {
  readonly httpMethod: string;
  readonly path: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** The last value of each name. */
  readonly queryStringParameters: Record<string, string>;
  readonly multiValueQueryStringParameters: Readonly<Record<string, readonly string[]>>;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
}

export interface HttpResult {
  readonly statusCode: number;
  headers: Record<string, string>;
  readonly body: string;
}

export type HttpHandler = (event: HttpEvent, context: HttpContext) => Promise<HttpResult>;

export interface HttpContext {
  readonly requestId: string;
  /** Where it is told what becomes known of the request. */
  readonly trace?: RequestTrace;
}

export function bodyBytes(event: HttpEvent): Uint8Array {
  return Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
}

export function jsonResult(
  statusCode: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpResult {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
