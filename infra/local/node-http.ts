import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EarshotError } from '../../shared/errors/earshot-error.ts';

/**
 * The body of a request. One that is too large is refused as soon as that is known; the rest of it is thrown away as it
 * comes, because a client that is cut off while it sends does not read the answer.
 * @throws BODY_TOO_LARGE, and the error of a client that hung up
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = (size: number, more = '') =>
    new EarshotError('BODY_TOO_LARGE', {
      expected: `at most ${maxBytes} bytes`,
      received: `${size} bytes${more}`,
      limit: maxBytes,
      size,
    });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > maxBytes) reject(tooLarge(announced));
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else reject(tooLarge(size, ' and more'));
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client hung up')));
  });
}

/** As it came: `new URL` would take `//x` for a host, and resolve dots. */
export const pathOf = ({ url = '/' }: IncomingMessage) => url.split('?', 1)[0] || '/';
export const queryOf = ({ url = '/' }: IncomingMessage) => url.slice(url.indexOf('?') + 1 || url.length);

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Listens on the loopback interface only. @throws PORT_IN_USE */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new EarshotError('PORT_IN_USE', { field: 'port', received: `${port}` }) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
