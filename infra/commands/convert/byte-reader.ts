/** Takes stretches of a wanted length out of chunks of any; holds a stretch and a chunk. */
export class ByteReader {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest = new Uint8Array(0) as Uint8Array;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** The next bytes; fewer, down to none, where the source ends. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.rest.length === 0) {
        const next = await this.chunks.next();
        if (next.done) break;
        this.rest = next.value;
      }
      const part = this.rest.subarray(0, missing);
      this.rest = this.rest.subarray(part.length);
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Lets the source go. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }
}
