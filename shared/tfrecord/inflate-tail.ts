import { Inflater } from './inflater.ts';

/**
 * Compressed bytes by which the second decompressor stays behind the first; a file below this size costs it nothing
 * unless it is damaged.
 */
const lagBytes = 8 * 1024 * 1024;

/**
 * Finds everything that a damaged stream holds before its fault. zlib throws away what it decoded in the call that
 * meets the fault, so a second decompressor follows the first at a distance and, at the fault, catches up with it and
 * goes on byte by byte.
 */
export class InflateTail {
  private readonly inflater: Inflater;
  private readonly queue: Uint8Array[] = [];
  private queued = 0;

  constructor(format: 'gzip' | 'zlib') {
    this.inflater = new Inflater(format);
  }

  /** Compressed bytes before the fault, once it was met. */
  get faultAt(): number {
    return this.inflater.consumed;
  }

  /** Notes a slice that the first decompressor took without fault. */
  async follow(slice: Uint8Array): Promise<void> {
    this.queue.push(slice);
    this.queued += slice.length;
    while (this.queued > lagBytes) {
      const oldest = this.queue.shift()!;
      this.queued -= oldest.length;
      await this.inflater.write(oldest);
    }
  }

  /**
   * The decompressed bytes behind the first `known` ones, up to the fault, which lies in `slice`.
   * @param safe how many bytes of `slice` the first decompressor took before the call that failed
   */
  async *upToFault(slice: Uint8Array, safe: number, known: number): AsyncGenerator<Uint8Array> {
    const { inflater } = this;
    for (const step of steps([...this.queue, slice.subarray(0, safe)], slice.subarray(safe))) {
      const before = inflater.produced;
      let at = before;
      for (const piece of await inflater.write(step)) {
        const fresh = piece.subarray(Math.min(Math.max(known - at, 0), piece.length));
        at += piece.length;
        if (fresh.length > 0) yield fresh;
      }
      if (inflater.fault !== null) return;
    }
  }

  close(): void {
    this.inflater.close();
  }
}

function* steps(whole: readonly Uint8Array[], single: Uint8Array): Generator<Uint8Array> {
  for (const piece of whole) if (piece.length > 0) yield piece;
  for (let at = 0; at < single.length; at++) yield single.subarray(at, at + 1);
}
