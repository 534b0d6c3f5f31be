import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { bytesOf } from './blob-bytes.ts';
import type { ImageBlob } from './image.ts';
import { type Registry, usualAttempts } from './registry.ts';
import { isTransient } from './registry-errors.ts';
import type { Answer } from './registry-exchange.ts';

/** Bytes sent in one request. */
const usualChunkBytes = 32 * 1024 * 1024;

/** An upload that the registry has open. */
interface Session {
  readonly url: URL;
  /** Bytes that it has. */
  readonly offset: number;
}

export interface Place {
  readonly registry: Registry;
  readonly repository: string;
  readonly chunkBytes?: number;
}

/**
 * Brings a config or layer into a repository, unless it is there: from another repository of the registry without
 * carrying its bytes, else in chunks, the last of which ends the upload. A broken upload goes on where the registry says
 * that it stands.
 *
 * @throws REGISTRY_DENIED, REGISTRY_UNREACHABLE, REGISTRY_FAILED, IMAGE_DAMAGED
 */
export async function uploadBlob(place: Place, blob: ImageBlob): Promise<void> {
  let session: Session | null = null;
  let failures = 0;
  for (;;) {
    try {
      // Also after a failure: the end of the upload may have been reached, and its answer lost.
      if (session === null && (await isThere(place, blob))) return;
      session ??= await openUpload(place, blob);
      if (session === null) return;
      const read = bytesOf(blob);
      while (session !== null) {
        session = await sendChunk(place, blob, session, read);
        failures = 0;
      }
      return;
    } catch (error) {
      failures += 1;
      if (!isTransient(error) || failures >= usualAttempts) throw error;
      await place.registry.wait(failures);
      session = session && (await whereItStands(place, session));
    }
  }
}

async function isThere({ registry, repository }: Place, { digest }: ImageBlob): Promise<boolean> {
  const at = `blobs/${digest}`;
  const { status } = await registry.ask({ ...writing, method: 'HEAD', repository, at, expected: [200, 404] });
  return status === 200;
}

/** Null when the registry had the bytes in another repository. */
async function openUpload({ registry, repository }: Place, blob: ImageBlob): Promise<Session | null> {
  const from = 'registry' in blob && blob.registry.host === registry.host ? blob.repository : undefined;
  const mount = from && `?${new URLSearchParams({ mount: blob.digest, from })}`;
  const answer = await registry.ask({
    ...writing,
    method: 'POST',
    repository,
    at: `blobs/uploads/${mount ?? ''}`,
    ...(from === undefined ? {} : { from }),
    expected: from === undefined ? [202] : [201, 202],
  });
  return answer.status === 201 ? null : { url: locationOf(answer, registry.host), offset: 0 };
}

/** Null when that was the last. */
async function sendChunk(
  { registry, repository, chunkBytes = usualChunkBytes }: Place,
  { digest, size }: ImageBlob,
  { url, offset }: Session,
  read: ReturnType<typeof bytesOf>,
): Promise<Session | null> {
  const end = Math.min(offset + chunkBytes, size);
  const body = await read(offset, end);
  const last = end === size;
  const answer = await registry.ask({
    ...writing,
    method: last ? 'PUT' : 'PATCH',
    repository,
    at: last ? withQuery(url, 'digest', digest) : url,
    headers: {
      'content-type': 'application/octet-stream',
      // What is whole, or nothing, has no range.
      ...((last && offset === 0) || offset === end ? {} : { 'content-range': `${offset}-${end - 1}` }),
    },
    body,
    // The registry may have taken a part of it.
    attempts: 1,
    expected: [last ? 201 : 202, 404, 416],
  });
  if (answer.status > 400) {
    throw new EarshotError('REGISTRY_UNREACHABLE', {
      file: `${registry.host}/${repository}`,
      expected: 'the upload that was begun',
      received: `status ${answer.status}`,
    });
  }
  return last ? null : { url: locationOf(answer, registry.host), offset: end };
}

/** Null when the registry does not know it any more, or cannot say. */
async function whereItStands({ registry, repository }: Place, { url }: Session): Promise<Session | null> {
  const answer = await registry.ask({
    ...writing,
    method: 'GET',
    repository,
    at: url,
    expected: [204, 400, 404, 405, 416],
  });
  // `0-0` is said of one byte and of none.
  const last = Number(/^(?:bytes=)?0-([1-9]\d*)$/.exec(answer.headers.get('range') ?? '')?.[1]);
  if (answer.status !== 204 || Number.isNaN(last)) return null;
  const moved = answer.headers.has('location') ? locationOf(answer, registry.host) : url;
  return { url: moved, offset: last + 1 };
}

const writing = { access: 'pull,push' } as const;

/** Relative or whole, with a query that has to be kept. */
function locationOf({ headers, url }: Answer, file: string): URL {
  const location = headers.get('location');
  if (location !== null && URL.canParse(location, url.href)) return new URL(location, url);
  throw new EarshotError('REGISTRY_FAILED', {
    file,
    field: 'Location',
    expected: 'the place of the upload',
    received: location === null ? 'nothing' : 'no URL',
  });
}

function withQuery(url: URL, name: string, value: string): URL {
  const changed = new URL(url);
  // Not through searchParams, which would write what the registry signed in another way.
  changed.search += `${changed.search === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
  return changed;
}
