import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** Requests that the HTTP servers of this process were sent on `port`, by kind: `GET incoming`, `LIST shards`, …. */
export class StoreRequests {
  readonly counts: Record<string, number> = {};
  private readonly port: number;

  constructor(port: number) {
    this.port = port;
    subscribe('http.server.request.start', this.note);
  }

  stop(): void {
    unsubscribe('http.server.request.start', this.note);
  }

  private readonly note = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    if (request.socket.localPort !== this.port) return;
    const kind = kindOf(request.method ?? '', request.url ?? '');
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  };
}

/** Method and first folder of the key in a path-style address; a listing counts by its prefix. */
function kindOf(method: string, url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://store');
  const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
  if (key === '') return `LIST ${firstFolder(searchParams.get('prefix') ?? '')}`;
  return `${method} ${firstFolder(key)}`;
}

const firstFolder = (key: string) => key.split('/', 1)[0]!;
