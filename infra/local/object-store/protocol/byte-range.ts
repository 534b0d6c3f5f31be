import { S3Error } from './s3-error.ts';

/** Both ends inclusive, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads `bytes=a-b`, `bytes=a-` and `bytes=-n` against an object of `size` bytes. Null: send the whole object,
 * which is also the answer to several ranges at once and to what is no range at all (RFC 9110, section 14.2).
 *
 * @throws S3Error InvalidRange when the range begins after the last byte
 */
export function parseByteRange(value: string | null, size: number): ByteRange | null {
  const match = value === null ? null : /^bytes=(\d*)-(\d*)$/.exec(value.trim());
  if (match === null) return null;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return null;
  if (first === '') {
    const count = Number(last);
    if (count === 0 || size === 0) throw unsatisfiable(value!, size);
    return { start: Math.max(0, size - count), end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return null;
  if (start >= size) throw unsatisfiable(value!, size);
  return { start, end };
}

function unsatisfiable(range: string, size: number): S3Error {
  return new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    RangeRequested: range,
    ActualObjectSize: String(size),
  });
}
