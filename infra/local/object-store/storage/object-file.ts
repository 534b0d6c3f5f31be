import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from '@node-rs/crc32';
import { EarshotError } from '../../../../shared/errors/earshot-error.ts';

/**
 * A stored file is the bytes of the object, then what is known of it as JSON, then a footer of fixed size:
 * the JSON's length and CRC-32 (both little-endian uint32) and eight bytes of magic. So one rename commits
 * content and metadata together, and reading the content needs no parsing.
 */
const magic = Buffer.from('EARSHOT\x01', 'latin1');
const footerSize = 8 + magic.length;
/** Holds the trailer of nearly every object, so that one read finds it. */
const likelyTrailer = 2048;

/** The bytes to put after the content. */
export function encodeTrailer(record: object): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  const footer = Buffer.alloc(8);
  footer.writeUInt32LE(json.length, 0);
  footer.writeUInt32LE(crc32(json), 4);
  return Buffer.concat([json, footer, magic]);
}

/**
 * Reads the record at the end of a stored file.
 *
 * @throws EarshotError STATE_DAMAGED when the file has no whole trailer
 */
export function readTrailer<R>(path: string): R {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const tail = readTail(descriptor, size, Math.min(size, likelyTrailer));
    if (tail.length < footerSize || !tail.subarray(-magic.length).equals(magic))
      throw damaged(path, 'no trailer');
    const length = tail.readUInt32LE(tail.length - footerSize);
    const trailerSize = length + footerSize;
    if (trailerSize > size) throw damaged(path, `a trailer of ${length} bytes`);
    const whole = trailerSize <= tail.length ? tail : readTail(descriptor, size, trailerSize);
    const json = whole.subarray(whole.length - trailerSize, whole.length - footerSize);
    if (crc32(json) !== whole.readUInt32LE(whole.length - footerSize + 4)) {
      throw damaged(path, 'a trailer with a wrong checksum');
    }
    return JSON.parse(json.toString('utf8')) as R;
  } finally {
    closeSync(descriptor);
  }
}

function readTail(descriptor: number, size: number, count: number): Buffer {
  const tail = Buffer.allocUnsafe(count);
  return tail.subarray(0, readSync(descriptor, tail, 0, count, size - count));
}

function damaged(file: string, received: string): EarshotError {
  return new EarshotError('STATE_DAMAGED', { file, expected: 'an object and its trailer', received });
}
