import { S3Error } from '../protocol/s3-error.ts';

/** Reads lines and counted bytes from a body that comes in pieces of any size. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next line without its CRLF, as Latin-1; null at the end of the body. */
  async line(longest: number): Promise<string | null> {
    for (;;) {
      const end = this.#rest.indexOf('\r\n');
      if (end !== -1) {
        const line = this.#rest.toString('latin1', 0, end);
        this.#rest = this.#rest.subarray(end + 2);
        return line;
      }
      if (this.#rest.length > longest) throw incomplete();
      const more = await this.#pull();
      if (more !== null) this.#rest = Buffer.concat([this.#rest, more]);
      else if (this.#rest.length === 0) return null;
      else throw incomplete();
    }
  }

  /** The next `count` bytes, in pieces as they come. */
  async *bytes(count: number): AsyncGenerator<Buffer> {
    let left = count;
    while (left > 0) {
      const piece = this.#rest.length > 0 ? this.#rest : await this.#pull();
      if (piece === null) throw incomplete();
      const taken = piece.subarray(0, left);
      this.#rest = piece.subarray(taken.length);
      left -= taken.length;
      yield taken;
    }
  }

  /** All that follows, as Latin-1. */
  async rest(longest: number): Promise<string> {
    const pieces = [this.#rest];
    let size = this.#rest.length;
    for (let piece = await this.#pull(); piece !== null; piece = await this.#pull()) {
      size += piece.length;
      if (size > longest) throw incomplete();
      pieces.push(piece);
    }
    this.#rest = Buffer.alloc(0);
    return Buffer.concat(pieces).toString('latin1');
  }

  /** Lets go of the source; what is left of it can then be drained by the connection. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #pull(): Promise<Buffer | null> {
    for (;;) {
      const { done, value } = await this.#source.next();
      if (done === true) return null;
      if (value.length > 0) return value;
    }
  }
}

export function incomplete(): S3Error {
  return new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
}
