export interface RiffChunk {
  /** Four letters. */
  readonly id: string;
  /** Where its bytes begin. */
  readonly start: number;
  /** Bytes, as the file says. */
  readonly size: number;
}

/** The bytes of a RIFF file: little-endian numbers, and what lies one behind another. */
export class RiffFile {
  readonly length: number;
  private readonly bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.length = bytes.length;
  }

  /** A chunk may say that it goes on behind the end of the file. */
  *all(): Generator<RiffChunk> {
    for (let at = 12; at + 8 <= this.length; ) {
      const chunk = { id: this.id(at), start: at + 8, size: this.size(at + 4) };
      yield chunk;
      const end = chunk.start + chunk.size;
      // Some writers leave the pad out; no name of a chunk begins with a zero.
      at = chunk.size % 2 === 1 && this.bytes[end] === 0 ? end + 1 : end;
    }
  }

  id(at: number): string {
    return this.bytes.toString('latin1', at, at + 4);
  }

  shown(at: number): string {
    return at >= this.length ? 'the end of the file' : JSON.stringify(this.id(at));
  }

  word(at: number): number {
    return this.bytes.readUInt16LE(at);
  }

  /** 0 behind the end. */
  size(at: number): number {
    return at + 4 > this.length ? 0 : this.bytes.readUInt32LE(at);
  }

  hex(start: number, end: number): string {
    return this.bytes.toString('hex', start, end);
  }
}
