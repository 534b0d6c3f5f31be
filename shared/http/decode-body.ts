import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import { EarshotError } from '../errors/earshot-error.ts';

/** A compressed body may grow to this: JSON of this size is read in half a second. */
export const maxDecodedBytes = 16 * 1024 * 1024;

type Decoder = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

const decoders: Readonly<Record<string, Decoder>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  // RFC 9110 means ZLIB by it; some clients leave its two bytes out.
  deflate: (bytes, options) => promisify(isZlib(bytes) ? inflate : inflateRaw)(bytes, options),
  br: promisify(brotliDecompress),
};

/**
 * A request's body without its content encoding. Memory stays within `maxDecodedBytes`, whatever it would grow to.
 * @throws BODY_UNSUPPORTED_ENCODING, BODY_TOO_LARGE, BODY_MALFORMED
 */
export async function decodedBody(bytes: Uint8Array, encoding: string | undefined): Promise<Uint8Array> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return bytes;
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (decode === undefined) {
    throw new EarshotError('BODY_UNSUPPORTED_ENCODING', {
      path: 'content-encoding',
      expected: 'gzip, deflate, br or identity',
      received: name.slice(0, 80),
    });
  }
  try {
    return await decode(bytes, { maxOutputLength: maxDecodedBytes });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw growsTooLarge(maxDecodedBytes);
    throw new EarshotError('BODY_MALFORMED', {
      path: 'content-encoding',
      expected: `a whole body in ${name}`,
      received: bytes.length === 0 ? 'nothing' : message,
    });
  }
}

/** @param size bytes, where it is known how many there were when it was given up */
export function growsTooLarge(limit: number, size = limit + 1): EarshotError {
  return new EarshotError('BODY_TOO_LARGE', {
    path: 'body',
    expected: `at most ${limit} bytes, decompressed`,
    received: `${size} bytes or more`,
    limit,
    size,
  });
}

/** RFC 1950 section 2.2. */
const isZlib = ([first = 0, second = 0]: Uint8Array) =>
  (first & 15) === 8 && first >> 4 <= 7 && (first * 256 + second) % 31 === 0;
