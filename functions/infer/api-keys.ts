import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareObj } from '@middy/core';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { HttpContext, HttpEvent, HttpResult } from '../../shared/http/http-event.ts';

/** Answered to everyone: platforms look whether an instance lives, and the page asks its reader for the key. */
const openPaths = ['/', '/healthz', '/v2/health/live', '/v2/health/ready'];

/**
 * Lets only callers with a key pass: `Authorization: Bearer <key>` or `x-api-key: <key>`. Preflights of browsers, which
 * can carry none, pass too: they reach no route.
 *
 * @param keys separated by commas; empty when everyone may ask
 */
export function apiKeyMiddleware(
  keys: () => string,
): MiddlewareObj<HttpEvent, HttpResult, Error, HttpContext & Record<string, never>> {
  return {
    before: ({ event }) => {
      const known = keys()
        .split(',')
        .map((key) => key.trim())
        .filter((key) => key !== '');
      if (known.length === 0 || openPaths.includes(event.path) || event.httpMethod === 'OPTIONS') return;
      const shown = keyOf(event);
      if (shown !== undefined && isAnyOf(shown, known)) return;
      throw new EarshotError('API_KEY_REFUSED', {
        field: 'authorization',
        expected: 'Bearer and an API key of this deployment',
        received: shown === undefined ? 'nothing' : 'another key',
      });
    },
  };
}

function keyOf({ headers }: HttpEvent): string | undefined {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers['authorization'] ?? '') ?? [];
  return bearer ?? headers['x-api-key'];
}

/** Takes the same time whichever it is, and whether it is one: digests are compared, all of them. */
function isAnyOf(shown: string, known: readonly string[]): boolean {
  const digest = digestOf(shown);
  return known.map((key) => timingSafeEqual(digest, digestOf(key))).includes(true);
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();
