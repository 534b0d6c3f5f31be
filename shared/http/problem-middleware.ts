import type { MiddlewareObj } from '@middy/core';
import { EarshotError } from '../errors/earshot-error.ts';
import { log } from '../log/log.ts';
import { redacted } from '../log/redact.ts';
import type { HttpContext, HttpEvent, HttpResult } from './http-event.ts';
import { problemResult } from './problem.ts';

/**
 * Turns what a handler throws into a problem document; faults are logged whole, users see code and request id.
 *
 * @param adapt gives a problem the form that clients of a path know
 */
export function problemMiddleware(
  retryAfterSeconds: () => number = () => 1,
  adapt: (problem: HttpResult, event: HttpEvent) => HttpResult = (problem) => problem,
): MiddlewareObj<HttpEvent, HttpResult, Error, HttpContext & Record<string, never>> {
  return {
    onError: (request) => {
      const { error, context, event } = request;
      const { requestId, trace } = context as HttpContext;
      const problem = problemResult(error, requestId, retryAfterSeconds());
      const code = error instanceof EarshotError ? error.code : 'INTERNAL_FAULT';
      if (trace !== undefined) trace.code = code;
      // 501 tells a caller what the deployment does not do; nothing has failed.
      if (problem.statusCode >= 500 && problem.statusCode !== 501) {
        log('error', 'fault', { code, requestId, message: error?.message, stack: error?.stack });
      }
      request.response = adapt({ ...problem, body: redacted(problem.body) }, event);
    },
  };
}
