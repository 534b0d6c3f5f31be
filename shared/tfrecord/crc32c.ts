import { createRequire } from 'node:module';

/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4, polynomial 0x1EDC6F41 reflected) and the masking of TFRecord
 * (TensorFlow, core/lib/hash/crc32c.h).
 */

type Crc32c = (bytes: Uint8Array) => number;

/** Below this many bytes the call into the native addon costs more than it saves. */
const nativeFromBytes = 512;

const native = loadNative();

/** The processor's own instruction, where the addon is installed; a bundle runs without it. */
function loadNative(): Crc32c | null {
  try {
    const load = createRequire(import.meta.url);
    return (load('@node-rs/crc32') as { crc32c: Crc32c }).crc32c;
  } catch {
    return null;
  }
}

/** Slicing-by-8: row k holds the checksum of each byte followed by k zero bytes. */
const table = slicingTable();

function slicingTable(): Int32Array {
  const rows = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    rows[byte] = crc;
  }
  for (let i = 256; i < rows.length; i++) {
    const shorter = rows[i - 256]!;
    rows[i] = (shorter >>> 8) ^ rows[shorter & 255]!;
  }
  return rows;
}

/** CRC-32C of `bytes[start .. end)` without native code. */
export function portableCrc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      table[1792 + (low & 255)]! ^
      table[1536 + ((low >>> 8) & 255)]! ^
      table[1280 + ((low >>> 16) & 255)]! ^
      table[1024 + (low >>> 24)]! ^
      table[768 + bytes[at + 4]!]! ^
      table[512 + bytes[at + 5]!]! ^
      table[256 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 255]!;
  return ~crc >>> 0;
}

/** CRC-32C of `bytes[start .. end)`, 0..2^32-1. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (native === null || end - start < nativeFromBytes) return portableCrc32c(bytes, start, end);
  return native(bytes.subarray(start, end));
}

/** The checksum as TFRecord stores it, 0..2^32-1: rotated and shifted, because checksums of checksums are weak. */
export function maskedCrc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const crc = crc32c(bytes, start, end);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
