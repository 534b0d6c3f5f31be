export type DamageCode =
  | 'TFRECORD_LENGTH_CRC_MISMATCH'
  | 'TFRECORD_DATA_CRC_MISMATCH'
  | 'TFRECORD_TRUNCATED'
  | 'TFRECORD_RECORD_TOO_LARGE';

/** A span of the file that is no good record; a long one comes in several parts with the same index. */
export interface Damage {
  readonly code: DamageCode;
  /** 0-based place in the file, counting good records too. */
  readonly index: number;
  /** Byte offset of this part in the decompressed file; that of part 0 is where the damaged record begins. */
  readonly offset: number;
  /** Bytes of the file that this part takes up. */
  readonly length: number;
  /** The record's payload when only its checksum is wrong (`length` is then 16 more), else the span itself. */
  readonly bytes: Uint8Array;
  /** 0-based; a span that is not a payload is cut into parts of at most 1 MiB. */
  readonly part: number;
  readonly expected: string;
  readonly received: string;
}

/** Takes what a TFRecord stream holds, in its order. */
export interface FrameSink {
  /**
   * A record whose two checksums match. An object a record would cost more than its checksum.
   * @param bytes its payload is `bytes[start .. end)`; they are never written to again
   * @param index 0-based place in the file, counting damaged records too
   * @param offset byte offset of the record (of its length) in the decompressed file
   */
  record(bytes: Uint8Array, start: number, end: number, index: number, offset: number): void;
  damage(damage: Damage): void;
}
