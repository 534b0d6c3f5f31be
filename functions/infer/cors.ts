import type { MiddlewareObj } from '@middy/core';
import type { HttpContext, HttpEvent, HttpResult } from '../../shared/http/http-event.ts';

const allowed = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type, content-encoding, x-api-key, x-request-id',
  // Seconds that a browser remembers it.
  'access-control-max-age': '3600',
};
const exposed = 'x-model-version, x-request-id, x-cold-start, server-timing, retry-after';

/**
 * Lets pages of other origins call, and answers what their browsers ask before.
 *
 * @param origins separated by commas, or `*`; empty when no page may call
 */
export function corsMiddleware(
  origins: () => string,
): MiddlewareObj<HttpEvent, HttpResult, Error, HttpContext & Record<string, never>> {
  const addHeaders = (event: HttpEvent, response: HttpResult | null | undefined) => {
    if (!response) return;
    const known = originsOf(origins());
    // Where the answer depends on who asks, no cache may give it to another, also that of one who may not read it.
    if (known.length > 0 && !known.includes('*')) response.headers['vary'] = 'Origin';
    const origin = allowedOrigin(event, known);
    if (origin === null) return;
    response.headers['access-control-allow-origin'] = origin;
    response.headers['access-control-expose-headers'] = exposed;
  };
  return {
    before: ({ event }) => {
      const isPreflight =
        event.httpMethod === 'OPTIONS' && event.headers['access-control-request-method'] !== undefined;
      if (!isPreflight || allowedOrigin(event, originsOf(origins())) === null) return;
      const response = { statusCode: 204, headers: { ...allowed }, body: '' };
      addHeaders(event, response);
      return response;
    },
    after: ({ event, response }) => addHeaders(event, response),
    onError: ({ event, response }) => addHeaders(event, response),
  };
}

const originsOf = (list: string) =>
  list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

function allowedOrigin({ headers: { origin } }: HttpEvent, known: readonly string[]): string | null {
  if (origin === undefined) return null;
  if (known.includes('*')) return '*';
  return known.includes(origin) ? origin : null;
}
