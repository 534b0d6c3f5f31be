import { type Compression, detectCompression } from './detect-compression.ts';
import { InflateTail } from './inflate-tail.ts';
import { Inflater, sliceBytes } from './inflater.ts';
import { leadingBytes } from './leading-bytes.ts';

/** Where and why a compressed stream could not be read on. */
export interface CompressionFault {
  readonly reason: string;
  /** Bytes of the compressed file before the fault. */
  readonly compressedOffset: number;
  /** Bytes of the decompressed file before the fault. */
  readonly offset: number;
}

/**
 * The decompressed content of a plain, GZIP or ZLIB file, told apart by content, not by name. Iterate it once. Memory
 * is bounded however much the file expands to. A damaged or cut stream gives everything that can be decoded before
 * the fault and then ends, with `fault` set; only `source` itself can make it throw.
 */
export class DecompressedStream implements AsyncIterable<Uint8Array> {
  compression: Compression = 'none';
  fault: CompressionFault | null = null;
  /** Decompressed bytes given out so far. */
  bytes = 0;
  private readonly source: AsyncIterable<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { head, complete, chunks } = await leadingBytes(this.source, sliceBytes);
    try {
      this.compression = await detectCompression(head, complete);
      const content = this.compression === 'none' ? chunks : this.inflate(this.compression, chunks);
      for await (const piece of content) {
        this.bytes += piece.length;
        yield piece;
      }
    } finally {
      await chunks.return(undefined);
    }
  }

  private async *inflate(format: 'gzip' | 'zlib', chunks: AsyncIterable<Uint8Array>) {
    const inflater = new Inflater(format);
    const tail = new InflateTail(format);
    const stop = (reason: string, compressedOffset: number) => {
      this.fault = { reason, compressedOffset, offset: this.bytes };
    };
    let read = 0;
    try {
      for await (const slice of slices(chunks)) {
        read += slice.length;
        if (inflater.ended) {
          if (slice.some(nonZero)) return stop(trailing, inflater.consumed);
          continue;
        }
        const output = await inflater.write(slice);
        const unread = read - inflater.consumed;
        if (inflater.fault !== null) {
          yield* tail.upToFault(slice, slice.length - unread, this.bytes);
          return stop(inflater.fault, tail.faultAt);
        }
        yield* output;
        if (inflater.ended && slice.subarray(-unread).some(nonZero)) return stop(trailing, inflater.consumed);
        await tail.follow(slice);
      }
      if (inflater.ended) return;
      yield* await inflater.end();
      if (inflater.fault !== null) stop(inflater.fault, read);
    } finally {
      inflater.close();
      tail.close();
    }
  }
}

const trailing = 'bytes follow the end of the compressed stream';
/** Files may be padded with zeros behind their end. */
const nonZero = (byte: number) => byte !== 0;

async function* slices(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += sliceBytes) yield chunk.subarray(at, at + sliceBytes);
  }
}
