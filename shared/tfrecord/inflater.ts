import { createGunzip, createInflate, type Gunzip, type Inflate } from 'node:zlib';

/** Longest piece written at once: bounds what one write can expand to (deflate: at most 1032 times). */
export const sliceBytes = 32 * 1024;

/** zlib's verdicts on data, in contrast to faults of this program. */
const dataFaults = new Set(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT']);

/** One GZIP (concatenated members included) or ZLIB stream, decompressed write by write. */
export class Inflater {
  /** What is wrong with the data, in zlib's words. */
  fault: string | null = null;
  /** Decompressed bytes given out. */
  produced = 0;
  private readonly stream: Gunzip | Inflate;
  private output: Uint8Array[] = [];
  private written = 0;
  private failure: Error | null = null;
  private settle: () => void = () => {};

  constructor(format: 'gzip' | 'zlib') {
    const options = { chunkSize: 2 * sliceBytes };
    this.stream = format === 'gzip' ? createGunzip(options) : createInflate(options);
    this.stream.on('data', (piece: Uint8Array) => this.output.push(piece));
    this.stream.on('end', () => this.settle());
    this.stream.on('error', (error: NodeJS.ErrnoException) => {
      if (dataFaults.has(error.code ?? '')) this.fault = error.message;
      else this.failure = error;
      this.settle();
    });
  }

  /** Compressed bytes read so far; fewer than were written when the stream ended before them. */
  get consumed(): number {
    return this.stream.bytesWritten;
  }

  get ended(): boolean {
    return this.fault === null && this.consumed < this.written;
  }

  /**
   * What `slice` decompresses to. When it sets `fault`, zlib has kept back what it had decoded since its last full
   * output buffer; a slice of one byte loses nothing.
   */
  write(slice: Uint8Array): Promise<Uint8Array[]> {
    this.written += slice.length;
    return this.outputOf((done) => this.stream.write(slice, done));
  }

  /** Says that there is no more; sets `fault` when the stream is incomplete. */
  end(): Promise<Uint8Array[]> {
    return this.outputOf(() => this.stream.end());
  }

  close(): void {
    this.stream.destroy();
  }

  private async outputOf(start: (done: () => void) => void): Promise<Uint8Array[]> {
    await new Promise<void>((resolve) => {
      this.settle = resolve;
      start(resolve);
    });
    if (this.failure !== null) throw this.failure;
    const output = this.output;
    this.output = [];
    for (const piece of output) this.produced += piece.length;
    return output;
  }
}
