import { EarshotError } from '../errors/earshot-error.ts';
import { preview } from '../errors/parse-with-schema.ts';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';
import type { Route, RouteCall, Serving } from './route.ts';

export type Answering = (
  event: HttpEvent,
  serving: Serving,
  evaluated: RouteCall['evaluated'],
) => Promise<HttpResult>;

interface Pattern {
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
  return async (event, serving, evaluated) => {
    const found = find(patterns.values(), event.path);
    if (found === null) {
      throw new EarshotError('ROUTE_NOT_FOUND', {
        path: shown(event.path),
        expected: 'a path of GET /openapi.json',
        received: shown(event.path),
      });
    }
    const { params, routes: methods } = found;
    const route = methods.get(event.httpMethod);
    if (route === undefined) {
      throw new EarshotError('METHOD_NOT_ALLOWED', {
        path: shown(event.path),
        expected: [...methods.keys()].join(' or '),
        received: shown(event.httpMethod),
      });
    }
    return route.handle({ event, params, serving, evaluated });
  };
}

const shown = (path: string) => preview(path).slice(1, -1);

export const namesIn = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

function patternOf(path: string): Pattern {
  const expression = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '([^/:]+)')}$`);
  return { expression, names: namesIn(path), routes: new Map() };
}

function find(patterns: Iterable<Pattern>, path: string) {
  for (const { expression, names, routes } of patterns) {
    const values = expression.exec(path)?.slice(1).map(decoded);
    if (values === undefined || values.includes(null)) continue;
    return { routes, params: Object.fromEntries(names.map((name, i) => [name, values[i]!])) };
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
