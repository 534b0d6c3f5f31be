import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { settingsFor } from '../../fixtures/object-store/temporary-store.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A store with one object, of the version `state.etag`, which takes a PUT when `takes` says so of its If-Match. */
async function storeThat(takes: (ifMatch: string | undefined, etag: string) => boolean) {
  const state = { etag: 'v1', asked: [] as string[] };
  const answer = (incoming: IncomingMessage, response: ServerResponse) => {
    const ifMatch = incoming.headers['if-match'];
    state.asked.push(`${incoming.method} ${ifMatch ?? ''}`.trim());
    if (incoming.method === 'PUT') {
      if (!takes(ifMatch, state.etag)) {
        response.writeHead(412).end('<Error><Code>PreconditionFailed</Code><Message>m</Message></Error>');
        return;
      }
      state.etag = `v${Number(state.etag.slice(1)) + 1}`;
    }
    response.writeHead(200, { etag: `"${state.etag}"`, 'content-length': 0 }).end();
  };
  const server = createServer((incoming, response) => {
    incoming.resume();
    incoming.on('end', () => answer(incoming, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { state, store: openCosObjectStore(settingsFor(url)) };
}

const write = (store: ObjectStore, ifMatch: string) => store.put('key', Buffer.from('x'), { ifMatch });
const quoted = (etag: string) => `"${etag}"`;

it('writes a bare ETag from then on to a store that refuses the right one in quotes', async () => {
  const { state, store } = await storeThat((ifMatch, etag) => ifMatch === etag);
  expect(await write(store, 'v1')).toEqual({ written: true, etag: 'v2' });
  expect(await write(store, 'v2')).toEqual({ written: true, etag: 'v3' });
  expect(await write(store, 'v1')).toEqual({ written: false });
  expect(state.asked).toEqual(['PUT "v1"', 'HEAD', 'PUT v1', 'PUT v2', 'PUT v1']);
});

it('learns nothing from a condition that does not hold', async () => {
  const { state, store } = await storeThat((ifMatch, etag) => ifMatch === etag);
  expect(await write(store, 'v7')).toEqual({ written: false });
  expect(await write(store, 'v1')).toEqual({ written: true, etag: 'v2' });
  expect(state.asked).toEqual(['PUT "v7"', 'HEAD', 'PUT "v1"', 'HEAD', 'PUT v1']);
});

it('learns nothing from a bare ETag that is refused as well', async () => {
  let refusals = 2;
  const { state, store } = await storeThat((ifMatch, etag) => refusals-- <= 0 && ifMatch === quoted(etag));
  expect(await write(store, 'v1')).toEqual({ written: false });
  expect(await write(store, 'v1')).toEqual({ written: true, etag: 'v2' });
  expect(state.asked).toEqual(['PUT "v1"', 'HEAD', 'PUT v1', 'PUT "v1"']);
});

it('stays with quotes where they are taken', async () => {
  const { state, store } = await storeThat((ifMatch, etag) => ifMatch === quoted(etag));
  expect(await write(store, 'v1')).toEqual({ written: true, etag: 'v2' });
  expect(await write(store, 'v1')).toEqual({ written: false });
  expect(await write(store, 'v2')).toEqual({ written: true, etag: 'v3' });
  expect(state.asked).toEqual(['PUT "v1"', 'PUT "v1"', 'HEAD', 'PUT "v2"']);
});
