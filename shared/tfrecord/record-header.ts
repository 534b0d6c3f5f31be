import { maskedCrc32c } from './crc32c.ts';

/**
 * A TFRecord record: length (uint64), masked CRC-32C of the length, data, masked CRC-32C of the data; integers are
 * little-endian (TensorFlow, "TFRecord format details").
 */
export const headerBytes = 12;
export const footerBytes = 4;
/** Bytes that framing adds to a payload. */
export const recordOverheadBytes = headerBytes + footerBytes;

/** Little-endian unsigned 32-bit integer. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** The data length that the 12 bytes from `at` announce; -1 when its checksum does not match. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  if (maskedCrc32c(bytes, at, at + 8) !== uint32At(bytes, at + 8)) return -1;
  return announcedLength(bytes, at);
}

/** The data length that the 8 bytes from `at` announce, checked or not. */
export function announcedLength(bytes: Uint8Array, at: number): number {
  return uint32At(bytes, at + 4) * 2 ** 32 + uint32At(bytes, at);
}

/** First place in `[from, to)` where a whole header with a matching checksum begins; -1 when there is none. */
export function findHeader(bytes: Uint8Array, from: number, to: number, maxRecordBytes: number): number {
  const last = Math.min(to, bytes.length - headerBytes + 1);
  for (let at = from; at < last; at++) {
    // Most places announce an absurd length, which is far cheaper to see than a wrong checksum.
    if (bytes[at + 7] !== 0 || bytes[at + 6] !== 0) continue;
    if (announcedLength(bytes, at) <= maxRecordBytes && lengthAt(bytes, at) >= 0) return at;
  }
  return -1;
}
