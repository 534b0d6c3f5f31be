import { deflateSync, gzipSync } from 'node:zlib';
import { maskedCrc32c } from './crc32c.ts';
import type { Compression } from './detect-compression.ts';
import { footerBytes, headerBytes } from './record-header.ts';

/** One record of a TFRecord file: length, its checksum, the payload, its checksum. */
export function frameRecord(payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(headerBytes + payload.length + footerBytes);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(payload.length), true);
  view.setUint32(8, maskedCrc32c(record, 0, 8), true);
  record.set(payload, headerBytes);
  view.setUint32(headerBytes + payload.length, maskedCrc32c(payload), true);
  return record;
}

/** A whole TFRecord file, as TensorFlow writes it with `TFRecordOptions(compression_type)`. */
export function encodeTfRecordFile(
  payloads: Iterable<Uint8Array>,
  options: { readonly compression?: Compression } = {},
): Uint8Array {
  const plain = Buffer.concat(Array.from(payloads, frameRecord));
  if (options.compression === 'gzip') return gzipSync(plain);
  return options.compression === 'zlib' ? deflateSync(plain) : plain;
}
