import { S3Error } from '../protocol/s3-error.ts';
import { ByteReader, incomplete } from './byte-reader.ts';
import type { ChunkVerifier } from './chunk-verifier.ts';

/** Far above what an SDK writes; bounds what is read before a line is given up. */
const longestLine = 16_384;

/**
 * Takes the framing off an `aws-chunked` body: `size[;chunk-signature=…]\r\n bytes \r\n … 0\r\n trailers \r\n`
 * (Amazon S3 API Reference, "Signature Calculations: Transferring Payload in Multiple Chunks" and "… Including
 * Trailing Headers"). The trailers are in `trailers` when the generator has ended.
 *
 * @param verifier null for `STREAMING-UNSIGNED-PAYLOAD-TRAILER`
 * @throws S3Error IncompleteBody, SignatureDoesNotMatch, MalformedTrailerError
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  verifier: ChunkVerifier | null,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  try {
    for (;;) {
      const { size, signature } = parseChunkHeader(await reader.line(longestLine));
      for await (const piece of reader.bytes(size)) {
        verifier?.update(piece);
        yield piece;
      }
      verifier?.endChunk(signature);
      if (size === 0) break;
      if ((await reader.line(longestLine)) !== '') throw incomplete();
    }
    await readTrailers(reader, verifier, trailers);
  } finally {
    await reader.close();
  }
}

function parseChunkHeader(line: string | null): { size: number; signature: string } {
  const match = line === null ? null : /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]*))?$/.exec(line);
  if (match === null) throw incomplete();
  return { size: Number.parseInt(match[1]!, 16), signature: match[2] ?? '' };
}

async function readTrailers(
  reader: ByteReader,
  verifier: ChunkVerifier | null,
  trailers: Map<string, string>,
): Promise<void> {
  const lines: string[] = [];
  let signature = '';
  // Clients differ in the empty lines around the trailers and in how they end a line.
  for (const line of (await reader.rest(longestLine)).split(/\r?\n/)) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon < 1) throw new S3Error('MalformedTrailerError', 'A trailing header has no name.');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') signature = value;
    else {
      lines.push(`${name}:${value}`);
      trailers.set(name, value);
    }
  }
  if (verifier !== null && lines.length > 0) verifier.endTrailer(lines, signature);
}
