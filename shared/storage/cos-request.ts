import type { ClientRequest, IncomingMessage } from 'node:http';
import type { AWSError } from 'ibm-cos-sdk/lib/error.js';
import type { Request } from 'ibm-cos-sdk/lib/request.js';
import { isStoreFull } from './cos-errors.ts';

export type CosRequest<Output> = Request<Output, AWSError>;

/** An answer, or an error of the SDK, and how often the SDK had to ask. */
export type CosOutcome<Output> =
  | { readonly data: Output; readonly error: null; readonly retried: boolean }
  | { readonly data: null; readonly error: AWSError; readonly retried: boolean };

/** What the SDK keeps of a request that is under way, besides what its types tell (lib/http/node.js). */
interface Underway {
  readonly httpResponse: { readonly stream?: IncomingMessage };
}

/** Sends a request; never rejects. */
export function send<Output>(request: CosRequest<Output>): Promise<CosOutcome<Output>> {
  request.on('afterBuild', () => sendBodyAtOnce(request));
  request.on('httpHeaders', (_status, _headers, response) => reportLostConnection(request, response));
  // The SDK repeats every status from 500 on.
  request.on('retry', ({ error }) => {
    if (error && isStoreFull(error)) error.retryable = false;
  });
  return new Promise((resolve) => {
    request.on('complete', ({ data, error, retryCount }) => {
      const retried = retryCount > 0;
      if (error) resolve({ data: null, error, retried });
      else resolve({ data: (data ?? {}) as Output, error: null, retried });
    });
    request.send();
  });
}

/** Adds a header that the SDK's model of the operation lacks. It is signed like the others. */
export function addHeader<Output>(request: CosRequest<Output>, name: string, value: string): void {
  request.on('build', () => {
    request.httpRequest.headers[name] = value;
  });
}

/** The SDK waits for `100 Continue` without end; a proxy that swallows it would hold the request up. */
function sendBodyAtOnce<Output>(request: CosRequest<Output>): void {
  delete request.httpRequest.headers['Expect'];
}

/**
 * When a connection is lost in the middle of an answer, the SDK (1.15.1) never calls back: it listens for errors
 * of the request alone. Told of the loss there, it retries like after any other network error.
 */
export function reportLostConnection<Output>(request: CosRequest<Output>, response: object): void {
  const outgoing = (request.httpRequest as { readonly stream?: ClientRequest }).stream;
  const incoming = (response as Underway).httpResponse.stream;
  incoming?.once('error', (error) => outgoing?.emit('error', error));
}
