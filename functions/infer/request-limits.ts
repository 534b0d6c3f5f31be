import type { MiddlewareObj } from '@middy/core';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { HttpContext, HttpEvent, HttpResult } from '../../shared/http/http-event.ts';

/** Bytes of all headers, of the path and of the query; more than any client of these protocols sends. */
const maxHeaderBytes = 32 * 1024;
const maxTargetBytes = 32 * 1024;

/** Refuses what would cost something before it is known to be worth it. @throws HEADERS_TOO_LARGE, TARGET_TOO_LONG */
export function requestLimits(): MiddlewareObj<
  HttpEvent,
  HttpResult,
  Error,
  HttpContext & Record<string, never>
> {
  return {
    before: ({ event }) => {
      const headers = sizeOf(Object.entries(event.headers));
      if (headers > maxHeaderBytes) throw tooLarge('HEADERS_TOO_LARGE', headers, maxHeaderBytes);
      const query = Object.entries(event.multiValueQueryStringParameters).flatMap(([name, values]) =>
        values.map((value): [string, string] => [name, value]),
      );
      const target = event.path.length + sizeOf(query);
      if (target > maxTargetBytes) throw tooLarge('TARGET_TOO_LONG', target, maxTargetBytes);
    },
  };
}

const sizeOf = (entries: readonly (readonly [string, string])[]) =>
  entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);

function tooLarge(code: 'HEADERS_TOO_LARGE' | 'TARGET_TOO_LONG', size: number, limit: number): EarshotError {
  return new EarshotError(code, {
    expected: `at most ${limit} bytes`,
    received: `${size} bytes`,
    limit,
    size,
  });
}
