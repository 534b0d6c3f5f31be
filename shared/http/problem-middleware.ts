import type { MiddlewareObj } from '@middy/core';
import { EarshotError } from '../errors/earshot-error.ts';
import { log } from '../log/log.ts';
import type { HttpContext, HttpEvent, HttpResult } from './http-event.ts';
import { problemResult } from './problem.ts';

/** Turns what a handler throws into a problem document; faults are logged whole, users see code and request id. */
export function problemMiddleware(
  retryAfterSeconds: () => number = () => 1,
): MiddlewareObj<HttpEvent, HttpResult, Error, HttpContext & Record<string, never>> {
  return {
    onError: (request) => {
      const { error, context } = request;
      const requestId = (context as HttpContext).requestId;
      const problem = problemResult(error, requestId, retryAfterSeconds());
      if (problem.statusCode >= 500) {
        const code = error instanceof EarshotError ? error.code : 'INTERNAL_FAULT';
        log('error', 'fault', { code, requestId, message: error?.message, stack: error?.stack });
      }
      request.response = problem;
    },
  };
}
