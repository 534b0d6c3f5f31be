import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpSecurityHeaders from '@middy/http-security-headers';
import { type Environment, optionalSetting } from '../../shared/config/settings.ts';
import type { HttpContext, HttpEvent, HttpHandler } from '../../shared/http/http-event.ts';
import { problemMiddleware } from '../../shared/http/problem-middleware.ts';
import { RequestTrace } from '../../shared/http/request-trace.ts';
import { problemOfProtocol } from '../../shared/protocols/problem-of-protocol.ts';
import type { Route, RouteCall } from '../../shared/protocols/route.ts';
import { answerBy, opennessOf } from '../../shared/protocols/route-table.ts';
import type { Meter } from '../../shared/telemetry/meter.ts';
import { apiKeyMiddleware } from './api-keys.ts';
import { corsMiddleware } from './cors.ts';
import { type KnownKeys, knownKeysOf } from './known-keys.ts';
import { loggedRequests, observed } from './observed.ts';
import { requestLimits } from './request-limits.ts';

const retryAfterSeconds = 2;

/** Of these the page, the only HTML, has its own. */
const pageSecurity = { contentSecurityPolicy: false, permissionsPolicy: false, reportTo: false } as const;

export interface InferParts {
  readonly routes: readonly Route[];
  readonly serving: RouteCall['serving'];
  readonly evaluated: RouteCall['evaluated'];
  readonly meter: Meter;
  readonly env: Environment;
}

/** All that stands between a request and the route that answers it, from the outside in. */
export function inferHandler({ routes, serving, evaluated, meter, env }: InferParts): HttpHandler {
  const answer = answerBy(routes);
  let keys: KnownKeys | undefined;
  const known = () => {
    keys ??= knownKeysOf(env);
    return keys;
  };
  const handler = middy()
    .use(httpHeaderNormalizer())
    .use(httpSecurityHeaders(pageSecurity))
    .use(corsMiddleware(() => optionalSetting(env, 'EARSHOT_CORS_ORIGINS', '')))
    .use(problemMiddleware(() => retryAfterSeconds, problemOfProtocol))
    .use(requestLimits())
    .use(apiKeyMiddleware(known, opennessOf(routes)))
    .handler((event: HttpEvent, { trace = new RequestTrace() }: HttpContext) =>
      answer(event, { serving, evaluated, trace, meter }),
    );
  return observed(handler as unknown as HttpHandler, meter, loggedRequests(env));
}
