import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { FullDisk } from './full-disk.ts';
import type { NoticeOutlet } from './operations/operation.ts';
import { type Service, serveRequest } from './serve-request.ts';
import { SigningKeys } from './signature/signing-key.ts';
import { lockRoot } from './storage/root-lock.ts';
import { StoreState } from './storage/state.ts';

export type { AnnouncedNotice, NoticeOutlet, ObjectNotice } from './operations/operation.ts';

export interface ObjectStoreServer {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** Lets the requests under way end, then gives the port and the folder back. */
  close(): Promise<void>;
}

export interface ObjectStoreOptions {
  /** A folder for this store alone; made when it does not exist. */
  readonly root: string;
  /** 0: any free one. */
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Buckets that must exist. */
  readonly buckets: readonly string[];
  readonly outlet: NoticeOutlet;
}

/**
 * Starts an S3-protocol object store over a folder, for programs of this machine only (127.0.0.1). An object is
 * seen whole or not at all, and an acknowledged one survives `kill -9` and a power failure. Buckets may be
 * addressed as `127.0.0.1:<port>/<bucket>/…` and as `<bucket>.localhost:<port>/…`.
 *
 * @throws EarshotError STATE_IN_USE, PORT_IN_USE, STATE_DAMAGED
 */
export async function startObjectStore(options: ObjectStoreOptions): Promise<ObjectStoreServer> {
  const { root, accessKeyId, secretAccessKey, outlet } = options;
  mkdirSync(root, { recursive: true });
  const unlock = lockRoot(root);
  let state: StoreState | null = null;
  try {
    state = new StoreState(root);
    for (const name of options.buckets) if (!state.has(name)) state.createBucket(name, '');
    const service: Service = {
      state,
      account: { accessKeyId, keys: new SigningKeys(secretAccessKey) },
      outlet,
      fullDisk: new FullDisk(root),
      closing: false,
    };
    const server = createServerFor(service);
    const port = await listen(server, options.port);
    return { url: `http://127.0.0.1:${port}`, port, close: closing(server, service, unlock) };
  } catch (error) {
    await state?.close();
    unlock();
    throw error;
  }
}

function createServerFor(service: Service): Server {
  // Node's default of 5 s for idle connections races with clients that reuse them; a large upload may take long.
  const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0, noDelay: true });
  server.on('request', (incoming, response) => void serveRequest(service, incoming, response, false));
  server.on('checkContinue', (incoming, response) => void serveRequest(service, incoming, response, true));
  return server;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new EarshotError('PORT_IN_USE', { received: String(port) }, { cause: error }) : error);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function closing(server: Server, service: Service, unlock: () => void): () => Promise<void> {
  let closed: Promise<void> | null = null;
  const close = async () => {
    service.closing = true;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
    await service.state.close();
    unlock();
  };
  return () => {
    closed ??= close();
    return closed;
  };
}
