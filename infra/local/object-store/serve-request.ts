import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { openBody } from './body/request-body.ts';
import type { FullDisk } from './full-disk.ts';
import type { NoticeOutlet } from './operations/operation.ts';
import { routeRequest } from './operations/route-request.ts';
import { type Reply, sendReply } from './protocol/reply.ts';
import { S3Error } from './protocol/s3-error.ts';
import { addressRequest } from './protocol/s3-request.ts';
import { type Account, authenticate } from './signature/authenticate.ts';
import type { StoreState } from './storage/state.ts';

/** What every request is served with. */
export interface Service {
  readonly state: StoreState;
  readonly account: Account;
  readonly outlet: NoticeOutlet;
  readonly fullDisk: FullDisk;
  /** Set when the server stops: connections are not kept for another request. */
  closing: boolean;
}

const lifeOfServer = randomBytes(4).toString('hex').toUpperCase();
let requests = 0;

/** Unlike any other of this server, also of its earlier lives; a random one each would cost more than its signature. */
function nextRequestId(): string {
  requests += 1;
  return lifeOfServer + requests.toString(16).toUpperCase().padStart(8, '0');
}

/** Serves one request; never rejects. @param waiting the client holds the body back until it is told to send it */
export async function serveRequest(
  service: Service,
  incoming: IncomingMessage,
  response: ServerResponse,
  waiting: boolean,
): Promise<void> {
  const requestId = nextRequestId();
  let held = waiting;
  const release = () => {
    if (held) response.writeContinue();
    held = false;
  };
  let reply: Reply;
  try {
    reply = await operate(service, incoming, requestId, release);
  } catch (error) {
    const known =
      error instanceof S3Error ? error : (service.fullDisk.refusal(error) ?? internal(error, requestId));
    reply = errorReply(known, incoming.url ?? '', requestId);
  }
  try {
    await sendReply(response, reply, {
      requestId,
      head: incoming.method === 'HEAD',
      // A body that was held back never comes, so the connection is not fit for another request.
      close: service.closing || held,
    });
    // The rest of a body that was given up in the middle: the client may read no answer before all of it is sent.
    if (!held) incoming.resume();
  } catch (error) {
    // The client went away, or the file could not be read to its end: only cutting the connection tells so.
    response.destroy(error instanceof Error ? error : undefined);
  }
}

async function operate(
  { state, account, outlet }: Service,
  incoming: IncomingMessage,
  requestId: string,
  release: () => void,
): Promise<Reply> {
  const request = addressRequest(incoming, requestId);
  const authentication = authenticate(request, account, Date.now());
  const operation = routeRequest(request);
  return operation({
    request,
    authentication,
    state,
    outlet,
    openBody: () => {
      const body = openBody(request, authentication, incoming.iterator({ destroyOnReturn: false }));
      release();
      return body;
    },
  });
}

function errorReply(known: S3Error, resource: string, requestId: string): Reply {
  const headers: Record<string, string> = { 'content-type': 'application/xml' };
  const size = known.details['ActualObjectSize'];
  if (known.code === 'InvalidRange' && size !== undefined) headers['content-range'] = `bytes */${size}`;
  return { status: known.status, headers, body: known.toXml(resource, requestId) };
}

function internal(error: unknown, requestId: string): S3Error {
  const aborted = error instanceof Error && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
  if (!aborted) console.error(`object store: request ${requestId} failed:`, error);
  return new S3Error('InternalError', 'We encountered an internal error. Please try again.');
}
