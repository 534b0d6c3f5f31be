import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What an operation answers; how it gets onto the wire is the server's. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** A stream is sent as it comes; its length must be in `content-length`. */
  readonly body?: string | Buffer | Readable;
}

export function xmlReply(body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, headers: { ...headers, 'content-type': 'application/xml' }, body };
}

/** Writes the reply; resolves when the last byte is handed to the connection. */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  options: { readonly requestId: string; readonly head: boolean; readonly close: boolean },
): Promise<void> {
  const { body } = reply;
  const headers: Record<string, string | number> = {
    'x-amz-request-id': options.requestId,
    ...reply.headers,
  };
  if (options.close) headers['connection'] = 'close';
  if (!(body instanceof Readable)) {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    // A 204 and a 304 carry no length; the answer to HEAD names the length of what GET would send.
    if (reply.status !== 204 && reply.status !== 304) headers['content-length'] ??= length;
    response.writeHead(reply.status, headers);
    response.end(options.head ? undefined : body);
    return;
  }
  response.writeHead(reply.status, headers);
  await pipeline(body, response);
}
