import type { MiddlewareObj } from '@middy/core';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { HttpContext, HttpEvent, HttpResult } from '../../shared/http/http-event.ts';
import { type KnownKeys, nameOfKey } from './known-keys.ts';

/** Longer than any key; nobody has to compute the digest of more. */
const longestKey = 512;

/**
 * Lets only callers with a key pass: `Authorization: Bearer <key>` or `x-api-key: <key>`. What no open route answers
 * wants one, so a path that is not there tells nothing either. Preflights of browsers, which can carry none, are
 * answered before.
 *
 * @param isOpen whether a request is answered without one
 */
export function apiKeyMiddleware(
  known: () => KnownKeys,
  isOpen: (event: HttpEvent) => boolean,
): MiddlewareObj<HttpEvent, HttpResult, Error, HttpContext & Record<string, never>> {
  return {
    before: ({ event, context }) => {
      if (isOpen(event)) return;
      const keys = known();
      if (keys === null) return;
      const shown = keyOf(event);
      const name = shown === undefined || shown.length > longestKey ? null : nameOfKey(shown, keys);
      if (name === null) {
        throw new EarshotError('API_KEY_REFUSED', {
          field: 'authorization',
          expected: 'Bearer and an API key of this deployment',
          received: shown === undefined ? 'nothing' : 'another key',
        });
      }
      const { trace } = context as HttpContext;
      if (trace !== undefined) trace.key = name;
    },
  };
}

function keyOf({ headers }: HttpEvent): string | undefined {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers['authorization'] ?? '') ?? [];
  return bearer ?? headers['x-api-key'];
}
