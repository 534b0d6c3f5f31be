import { EarshotError } from '../errors/earshot-error.ts';
import { preview } from '../errors/parse-with-schema.ts';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';
import type { Route, RouteCall } from './route.ts';

/** What a route works with beside the request. */
export type Surroundings = Omit<RouteCall, 'event' | 'params'>;

export type Answering = (event: HttpEvent, surroundings: Surroundings) => Promise<HttpResult>;

interface Pattern {
  readonly path: string;
  readonly expression: RegExp;
  readonly names: readonly string[];
  readonly routes: Map<string, Route>;
}

/** Answers by the route whose path and method fit. @throws ROUTE_NOT_FOUND, METHOD_NOT_ALLOWED, what the route throws */
export function answerBy(routes: readonly Route[]): Answering {
  const patterns = new Map<string, Pattern>();
  for (const route of routes) {
    const pattern = patterns.get(route.path) ?? patternOf(route.path);
    pattern.routes.set(route.method, route);
    patterns.set(route.path, pattern);
  }
  return async (event, surroundings) => {
    const found = find(patterns.values(), event.path);
    if (found === null) {
      throw new EarshotError('ROUTE_NOT_FOUND', {
        path: shown(event.path),
        expected: 'a path of GET /openapi.json',
        received: shown(event.path),
      });
    }
    const { params, routes: methods, path } = found;
    surroundings.trace.route = path;
    const route = methods.get(event.httpMethod);
    if (route === undefined) {
      throw new EarshotError('METHOD_NOT_ALLOWED', {
        path: shown(event.path),
        expected: [...methods.keys()].join(' or '),
        received: shown(event.httpMethod),
      });
    }
    return route.handle({ event, params, ...surroundings });
  };
}

/** Whether a request is answered without an API key: that of an open route, method and path to the letter. */
export function opennessOf(routes: readonly Route[]): (event: HttpEvent) => boolean {
  const open = new Set(routes.flatMap((route) => (route.open ? [`${route.method} ${route.path}`] : [])));
  return ({ httpMethod, path }) => open.has(`${httpMethod} ${path}`);
}

const shown = (path: string) => preview(path).slice(1, -1);

export const namesIn = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

function patternOf(path: string): Pattern {
  const expression = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '([^/:]+)')}$`);
  return { path, expression, names: namesIn(path), routes: new Map() };
}

function find(patterns: Iterable<Pattern>, path: string) {
  for (const { path: pattern, expression, names, routes } of patterns) {
    const values = expression.exec(path)?.slice(1).map(decoded);
    if (values === undefined || values.includes(null)) continue;
    return { path: pattern, routes, params: Object.fromEntries(names.map((name, i) => [name, values[i]!])) };
  }
  return null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
