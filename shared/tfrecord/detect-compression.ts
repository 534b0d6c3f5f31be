import { Inflater } from './inflater.ts';
import { headerBytes, lengthAt } from './record-header.ts';

export type Compression = 'none' | 'gzip' | 'zlib';

/**
 * How a file is compressed, by its first bytes. A record length can look like the magic number of GZIP or ZLIB, so
 * the checksum of the record header is asked first; and ZLIB, which announces itself with two bytes only (RFC 1950
 * section 2.2), is believed when it can be decompressed.
 * @param head the first bytes of the file; 32 KiB make a wrong guess all but impossible
 * @param complete whether `head` is the whole file
 */
export async function detectCompression(head: Uint8Array, complete: boolean): Promise<Compression> {
  if (beginsWithRecord(head) || head.length < 2) return 'none';
  if (isGzip(head)) return 'gzip';
  const first = head[0]!;
  const second = head[1]!;
  const windowOfDeflate = (first & 15) === 8 && first >> 4 <= 7;
  if (!windowOfDeflate || (first * 256 + second) % 31 !== 0) return 'none';
  return (await inflates(head, complete)) || (await hidesRecord(head)) ? 'zlib' : 'none';
}

/** RFC 1952 section 2.3: magic number, deflate, no reserved flag; of a shorter file, the bytes that it has. */
function isGzip(head: Uint8Array): boolean {
  const [first, second, method = 8, flags = 0] = head;
  return first === 0x1f && second === 0x8b && method === 8 && (flags & 0xe0) === 0;
}

function beginsWithRecord(head: Uint8Array): boolean {
  return head.length >= headerBytes && lengthAt(head, 0) >= 0;
}

async function inflates(head: Uint8Array, complete: boolean): Promise<boolean> {
  const inflater = new Inflater('zlib');
  try {
    await inflater.write(head);
    if (complete && inflater.fault === null && !inflater.ended) await inflater.end();
    return inflater.fault === null;
  } finally {
    inflater.close();
  }
}

/** Whether a damaged stream begins with a record header, which tells it from a damaged plain file. */
async function hidesRecord(head: Uint8Array): Promise<boolean> {
  const inflater = new Inflater('zlib');
  const begin: number[] = [];
  try {
    for (let at = 0; at < head.length && begin.length < headerBytes && inflater.fault === null; at++) {
      for (const piece of await inflater.write(head.subarray(at, at + 1))) begin.push(...piece.slice(0, 16));
    }
    return beginsWithRecord(Uint8Array.from(begin));
  } finally {
    inflater.close();
  }
}
