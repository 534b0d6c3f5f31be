/** A record whose two checksums match. */
export interface RecordFrame {
  readonly kind: 'record';
  /** 0-based place in the file, counting damaged records too. */
  readonly index: number;
  /** Byte offset of the record (of its length) in the decompressed file. */
  readonly offset: number;
  /** May be a view on the chunk that it came in. */
  readonly payload: Uint8Array;
}

export type DamageCode =
  | 'TFRECORD_LENGTH_CRC_MISMATCH'
  | 'TFRECORD_DATA_CRC_MISMATCH'
  | 'TFRECORD_TRUNCATED'
  | 'TFRECORD_RECORD_TOO_LARGE';

/** A span of the file that is no good record; a long one comes in several parts with the same index. */
export interface DamageFrame {
  readonly kind: 'damage';
  readonly code: DamageCode;
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

export type Frame = RecordFrame | DamageFrame;
