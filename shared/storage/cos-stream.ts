import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { AWSError } from 'ibm-cos-sdk/lib/error.js';
import { EarshotError } from '../errors/earshot-error.ts';
import { storeError } from './cos-errors.ts';
import { type CosBucket, describe, isAbsent, readRequest } from './cos-read.ts';
import { reportLostConnection } from './cos-request.ts';
import type { ObjectInfo, ObjectStream, ReadOptions } from './object-store.ts';

/** How often in a row a connection may be lost without a byte having come. */
const mostFruitlessTries = 5;
const firstPause = 100;

interface OpenBody {
  readonly info: ObjectInfo;
  readonly body: Readable;
  /** Gives the connection back when the body is not read to its end. */
  readonly abandon: () => void;
}

/** Begins to read an object. Where the connection is lost, reading goes on at the next byte of the same version. */
export async function streamObject(
  bucket: CosBucket,
  key: string,
  options: ReadOptions,
): Promise<ObjectStream | null> {
  const first = await openBody(bucket, key, options);
  if (first === null) return null;
  const { info } = first;
  const start = options.range?.start ?? 0;
  const end = Math.min(options.range?.end ?? info.size - 1, info.size - 1);
  return { info, chunks: resuming(bucket, first, { start, end }) };
}

async function* resuming(
  bucket: CosBucket,
  first: OpenBody,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  const { key, etag } = first.info;
  let position = range.start;
  let open: OpenBody | null = first;
  let fruitless = 0;
  while (position <= range.end) {
    const before = position;
    let lost: unknown = new Error('the answer ended early');
    try {
      open ??= await reopen(bucket, key, etag, { start: position, end: range.end });
      for await (const chunk of open.body as AsyncIterable<Buffer>) {
        position += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (error instanceof EarshotError) throw error;
      lost = error;
    } finally {
      open?.abandon();
      open = null;
    }
    if (position > range.end) return;
    fruitless = position > before ? 0 : fruitless + 1;
    if (fruitless > mostFruitlessTries) throw storeError(lost as AWSError, 'getObject', key);
    await delay(firstPause * 2 ** fruitless * Math.random());
  }
  first.abandon();
}

async function reopen(
  bucket: CosBucket,
  key: string,
  etag: string,
  range: { readonly start: number; readonly end: number },
): Promise<OpenBody> {
  const open = await openBody(bucket, key, { ifMatch: etag, range });
  if (open !== null) return open;
  const details = {
    file: key,
    expected: `the version ${etag} that was begun`,
    received: 'another one, or none',
  };
  throw new EarshotError('STORE_FAILED', details);
}

/** Resolves at the headers of the answer; until there the SDK retries by itself. */
function openBody(bucket: CosBucket, key: string, options: ReadOptions): Promise<OpenBody | null> {
  const request = bucket.client.getObject(readRequest(bucket, key, options));
  return new Promise((resolve, reject) => {
    let body: Readable | null = null;
    request.on('httpHeaders', (statusCode, headers, response) => {
      if (statusCode >= 300 || body === null) {
        reportLostConnection(request, response);
        return;
      }
      const info = describe(key, {
        ETag: headers['etag'] ?? '',
        ContentLength: Number(headers['content-length']),
        LastModified: new Date(headers['last-modified'] ?? 0),
        ...(headers['content-range'] === undefined ? {} : { ContentRange: headers['content-range'] }),
      });
      const source = body;
      resolve({ info, body: source, abandon: () => source.readableEnded || request.abort() });
    });
    body = request.createReadStream();
    // Stays for the life of the stream: an abandoned one reports its end as an error.
    body.on('error', (error: AWSError) => {
      if (isAbsent(error)) resolve(null);
      else reject(storeError(error, 'getObject', key));
    });
  });
}
