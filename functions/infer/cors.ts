import type { MiddlewareObj } from '@middy/core';
import type { HttpContext, HttpEvent, HttpResult } from '../../shared/http/http-event.ts';

const allowed = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type, x-api-key, x-request-id',
  // Seconds that a browser remembers it.
  'access-control-max-age': '3600',
};
const exposed = 'x-model-version, x-request-id, server-timing, retry-after';

/**
 * Lets pages of other origins call, and answers what their browsers ask before.
 *
 * @param origins separated by commas, or `*`; empty when no page may call
 */
export function corsMiddleware(
  origins: () => string,
): MiddlewareObj<HttpEvent, HttpResult, Error, HttpContext & Record<string, never>> {
  const addHeaders = (event: HttpEvent, response: HttpResult | null | undefined) => {
    const origin = allowedOrigin(event, origins());
    if (origin === null || !response) return;
    response.headers = {
      ...response.headers,
      'access-control-allow-origin': origin,
      'access-control-expose-headers': exposed,
      ...(origin === '*' ? {} : { vary: 'Origin' }),
    };
  };
  return {
    before: ({ event }) => {
      const isPreflight =
        event.httpMethod === 'OPTIONS' && event.headers['access-control-request-method'] !== undefined;
      const origin = allowedOrigin(event, origins());
      if (!isPreflight || origin === null) return;
      const response = { statusCode: 204, headers: { ...allowed }, body: '' };
      addHeaders(event, response);
      return response;
    },
    after: ({ event, response }) => addHeaders(event, response),
    onError: ({ event, response }) => addHeaders(event, response),
  };
}

function allowedOrigin({ headers }: HttpEvent, origins: string): string | null {
  const { origin } = headers;
  if (origin === undefined) return null;
  const known = origins.split(',').map((one) => one.trim());
  if (known.includes('*')) return '*';
  return known.includes(origin) ? origin : null;
}
