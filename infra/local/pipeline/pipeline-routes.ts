import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../../shared/errors/parse-with-schema.ts';
import { problemResult } from '../../../shared/http/problem.ts';
import { promote, rollback } from '../../../shared/registry/stable-moves.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { pathOf, readBody, sendJson } from '../node-http.ts';
import type { PipelineWatch } from './pipeline-watch.ts';

const maxBytes = 16 * 1024;
const reason = 'by the page of the local platform';

const promoteSchema = z.strictObject({ model: z.string().min(1), version: z.string().min(1) });
const rollbackSchema = z.strictObject({ model: z.string().min(1) });

/** Answers a request when it is one of these; else leaves it alone and gives false. */
export type LocalRoutes = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/**
 * What the page's view of the pipeline asks of the local platform: `GET /pipeline`, and `POST /pipeline/promote` of
 * `{model, version}` and `/pipeline/rollback` of `{model}`, which answer with what has changed. They need no key, as
 * nobody but this machine reaches them; so they answer no page of another origin.
 */
export function pipelineRoutes(watch: PipelineWatch, store: ObjectStore): LocalRoutes {
  const routes: Readonly<Record<string, Readonly<Record<string, (body: unknown) => Promise<unknown>>>>> = {
    '/pipeline': { GET: () => watch.state() },
    '/pipeline/promote': {
      POST: (body) => {
        const { model, version } = parseWithSchema(promoteSchema, body, 'REQUEST_INVALID');
        return promote(store, model, { version, reason });
      },
    },
    '/pipeline/rollback': {
      POST: (body) => {
        const { model } = parseWithSchema(rollbackSchema, body, 'REQUEST_INVALID');
        return rollback(store, model, { reason });
      },
    },
  };
  return async (request, response) => {
    const methods = routes[pathOf(request)];
    if (methods === undefined) return false;
    try {
      expectOwnPage(request);
      const { method = 'GET' } = request;
      const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (route === undefined) {
        const expected = Object.keys(methods).join(' or ');
        throw new EarshotError('METHOD_NOT_ALLOWED', { path: pathOf(request), expected, received: method });
      }
      const answer = await route(method === 'POST' ? await jsonOf(request) : null);
      if (method === 'POST') watch.forget();
      sendJson(response, 200, answer);
    } catch (error) {
      const problem = problemResult(error, randomUUID());
      response.writeHead(problem.statusCode, problem.headers).end(problem.body);
    }
    return true;
  };
}

/**
 * A page of another origin may send simple requests here, and with a name of its own that leads to this machine it may
 * even read the answers: so the host must be this machine's, and the origin, where a browser says it, the same.
 */
function expectOwnPage({ headers }: IncomingMessage): void {
  const { host = '', origin } = headers;
  const site = headers['sec-fetch-site'];
  const isHere = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host);
  const isOwn = origin === undefined || origin === `http://${host}`;
  const isSameSite = site === undefined || site === 'same-origin' || site === 'none';
  if (isHere && isOwn && isSameSite) return;
  throw new EarshotError('ORIGIN_REFUSED', {
    field: isHere ? 'origin' : 'host',
    expected: 'the page that this platform serves',
    received: isHere ? (origin ?? `a request of ${site}`) : host.slice(0, 100),
  });
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim();
  // Not one of the types that a page of another origin may send without being asked first.
  if (type !== 'application/json') {
    const [expected, received] = ['application/json', type || 'nothing'];
    throw new EarshotError('BODY_UNSUPPORTED_TYPE', { path: 'content-type', expected, received });
  }
  const text = Buffer.from(await readBody(request, maxBytes)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new EarshotError('BODY_MALFORMED', { expected: 'a JSON object', received: text.slice(0, 80) });
  }
}
