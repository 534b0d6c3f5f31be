/** The beginning of a stream, and all of it. */
export interface LeadingBytes {
  /** At least the bytes asked for, unless the stream has no more. */
  readonly head: Uint8Array;
  /** Whether `head` is the whole stream. */
  readonly complete: boolean;
  /** The whole stream, `head` included. */
  readonly chunks: AsyncGenerator<Uint8Array>;
}

/** Looks at the first `count` bytes of a stream without losing them. Whoever stops early returns `chunks`. */
export async function leadingBytes(source: AsyncIterable<Uint8Array>, count: number): Promise<LeadingBytes> {
  const iterator = source[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let held = 0;
  let complete = false;
  while (held < count && !complete) {
    const next = await iterator.next();
    if (next.done) complete = true;
    else {
      pieces.push(next.value);
      held += next.value.length;
    }
  }
  const head = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  return { head, complete, chunks: resume(head, iterator) };
}

async function* resume(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
