import { createServer, type IncomingMessage, type Server } from 'node:http';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { requestIdOf } from '../../shared/http/request-id.ts';
import { pathOf } from '../local/node-http.ts';
import { type Answer, answerOfProblem, type EventRoute, type Subscribed, takeEvent } from './take-event.ts';

/** Longer than proxies keep a connection that nobody uses: else they send on one that is about to be closed. */
const keepAliveMs = 120_000;
const lastAnswersMs = 2000;
const pathPrefix = '/events/';
const healthPath = '/healthz';

/**
 * The app that object storage and the clock send their events to: `POST /events/<function>` runs the function in this
 * process; `GET /healthz` is 503 when the instance should get no further event.
 */
export class EventsApp {
  readonly server: Server;
  private readonly subscribed: Subscribed;
  private readonly routes: ReadonlyMap<string, EventRoute>;
  private stopping = false;

  constructor(routes: readonly EventRoute[], subscribed: Subscribed) {
    this.subscribed = subscribed;
    this.routes = new Map(routes.map((route) => [`${pathPrefix}${route.name}`, route]));
    this.server = createServer(async (request, response) => {
      const requestId = requestIdOf(request.headers['x-request-id']);
      const { status, headers, body } = await this.answer(request, requestId);
      // What is left of a body that was not read would stand before the next request.
      const last = this.stopping || !request.complete ? { connection: 'close' } : {};
      response.writeHead(status, { ...headers, ...last, 'x-request-id': requestId }).end(body);
    });
    this.server.keepAliveTimeout = keepAliveMs;
  }

  /** Takes no further event, and ends those that run. Returns how many did not end before the deadline. */
  async stop(deadlineMs: number): Promise<number> {
    this.stopping = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const places = [...this.routes.values()].map((route) => route.places);
    for (const one of places) one.refuseWaiting('the app stops');
    await within(deadlineMs, Promise.all(places.map((one) => one.idle())));
    const unfinished = places.reduce((sum, { running }) => sum + running, 0);
    // The last answers are on their way; whoever only holds a connection open is not waited for.
    if (unfinished === 0) await within(lastAnswersMs, closed);
    this.server.closeAllConnections();
    return unfinished;
  }

  private async answer(request: IncomingMessage, requestId: string): Promise<Answer> {
    try {
      const path = pathOf(request);
      if (path === healthPath) return this.health(request);
      const route = this.routes.get(path);
      if (route === undefined) {
        const expected = [healthPath, ...this.routes.keys()].join(' or ');
        throw new EarshotError('ROUTE_NOT_FOUND', { path, expected, received: path });
      }
      expectMethod(request, ['POST']);
      if (this.stopping) {
        const [expected, received] = ['an app that goes on', 'one that stops'];
        throw new EarshotError('EVENT_NOT_TAKEN', { field: route.name, expected, received });
      }
      return await takeEvent(route, this.subscribed, request, requestId);
    } catch (error) {
      return answerOfProblem(error, requestId);
    }
  }

  private health(request: IncomingMessage): Answer {
    expectMethod(request, ['GET', 'HEAD']);
    const routes = [...this.routes.values()];
    const isStuck = routes.some(({ places }) => places.isStuck);
    const status = this.stopping ? 'stopping' : isStuck ? 'stuck' : 'ready';
    const running = Object.fromEntries(routes.map(({ name, places }) => [name, places.running]));
    return {
      status: status === 'ready' ? 200 : 503,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ status, running }),
    };
  }
}

function expectMethod({ method = '', url }: IncomingMessage, methods: readonly string[]): void {
  if (methods.includes(method)) return;
  const expected = methods.join(' or ');
  throw new EarshotError('METHOD_NOT_ALLOWED', { path: url ?? '/', expected, received: method });
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
