import { S3Error } from '../protocol/s3-error.ts';
import { header, type S3Request } from '../protocol/s3-request.ts';
import type { Authentication } from '../signature/authenticate.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import { incomplete } from './byte-reader.ts';
import { ChunkVerifier } from './chunk-verifier.ts';

/** Amazon S3 User Guide, "Uploading objects": 5 GiB in one request. */
const largestBody = 5 * 1024 ** 3;

/** The body of a request, not read yet. */
export interface RequestBody {
  /** Bytes without framing, as announced; null when the client did not say. */
  readonly size: number | null;
  /** The bytes without framing. Throws an S3Error when they are not what the headers announced. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Trailing headers; complete when `chunks` has ended. */
  readonly trailers: ReadonlyMap<string, string>;
}

/**
 * @param source the body as it comes off the connection
 * @throws S3Error MissingContentLength, EntityTooLarge, NotImplemented for an unknown payload protection
 */
export function openBody(
  request: S3Request,
  authentication: Authentication,
  source: AsyncIterable<Buffer>,
): RequestBody {
  const { payloadHash } = authentication;
  const chunked = payloadHash.startsWith('STREAMING-');
  const size = announcedSize(request, chunked);
  if (size !== null && size > largestBody) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.');
  }
  const trailers = new Map<string, string>();
  const bytes = chunked ? decodeAwsChunked(source, verifierFor(authentication), trailers) : source;
  return { size, chunks: counted(bytes, size), trailers };
}

function verifierFor(authentication: Authentication): ChunkVerifier | null {
  switch (authentication.payloadHash) {
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return null;
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return new ChunkVerifier(authentication);
    default:
      throw new S3Error('NotImplemented', `${authentication.payloadHash} is not implemented.`);
  }
}

function announcedSize(request: S3Request, chunked: boolean): number | null {
  const text = header(request, chunked ? 'x-amz-decoded-content-length' : 'content-length');
  if (text !== null) {
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new S3Error('InvalidArgument', 'The length of the body is not a whole number.');
  }
  if (!chunked && header(request, 'transfer-encoding') !== null) return null;
  throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
}

async function* counted(source: AsyncIterable<Buffer>, size: number | null): AsyncGenerator<Buffer> {
  let seen = 0;
  for await (const chunk of source) {
    seen += chunk.length;
    if (seen > (size ?? largestBody)) throw incomplete();
    yield chunk;
  }
  if (size !== null && seen !== size) throw incomplete();
}

/** Reads a whole small document, e.g. the XML of CompleteMultipartUpload. */
export async function readAll(chunks: AsyncIterable<Buffer>, largest: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > largest) throw new S3Error('MalformedXML', 'The request document is too large.');
    pieces.push(chunk);
  }
  return Buffer.concat(pieces);
}
