import { crc32 } from 'node:zlib';
import { EarshotError } from '../errors/earshot-error.ts';
import { topClips } from './top-clips.ts';

/**
 * `models/<name>/<version>/search.bin`: for each label the evaluated clips that have it most. Little-endian:
 *
 *     header 32 bytes: 'EARINDEX', u32 version, labels, clips, depth, a zero, u32 CRC-32 of the 28 bytes before it
 *     a block a label: u32 label, u32 rows[depth], f32 probabilities[depth], u32 CRC-32 of the block before it
 *
 * Rows count the eval clips of the version's snapshot from 0. Blocks are of one size, so that a label is one range request:
 * nobody needs to hold the whole.
 */
const magic = 'EARINDEX';
const version = 1;
export const headerBytes = 32;

/** Clips a label that an index holds, where as many were evaluated. */
export const searchDepth = 50;

export interface SearchHeader {
  readonly labels: number;
  /** That were evaluated. */
  readonly clips: number;
  /** Clips a label: `searchDepth`, or all. */
  readonly depth: number;
}

/** An evaluated clip and what the version gave it for a label. */
export interface Hit {
  /** Of the snapshot's eval clips. */
  readonly row: number;
  /** 0..1, as measured when the version was evaluated. */
  readonly probability: number;
}

/** @param scores probabilities of the eval clips, `[clips, labels]`; equal ones give equal bytes */
export function encodeSearchIndex(scores: Float32Array, labels: number): Uint8Array {
  const { depth, rows, probabilities } = topClips(scores, labels, searchDepth);
  const bytes = Buffer.alloc(headerBytes + labels * blockBytes(depth));
  bytes.write(magic, 'latin1');
  for (const [i, value] of [version, labels, scores.length / labels, depth].entries()) {
    bytes.writeUInt32LE(value, 8 + 4 * i);
  }
  seal(bytes.subarray(0, headerBytes));
  for (let label = 0; label < labels; label++) {
    const { start, end } = blockRange({ depth }, label);
    const block = bytes.subarray(start, end + 1);
    block.writeUInt32LE(label);
    for (let i = 0; i < depth; i++) {
      block.writeUInt32LE(rows[label * depth + i]!, 4 + 4 * i);
      block.writeFloatLE(probabilities[label * depth + i]!, 4 + 4 * (depth + i));
    }
    seal(block);
  }
  return bytes;
}

/** Where the block of a label lies, both ends inclusive as in HTTP. */
export function blockRange({ depth }: Pick<SearchHeader, 'depth'>, label: number) {
  const start = headerBytes + label * blockBytes(depth);
  return { start, end: start + blockBytes(depth) - 1 };
}

/** @param bytes the first `headerBytes` of the file @throws SEARCH_INDEX_CORRUPT */
export function decodeSearchHeader(bytes: Uint8Array, file: string): SearchHeader {
  const header = opened(bytes, headerBytes, 'header', file);
  const name = header.toString('latin1', 0, magic.length);
  if (name !== magic) throw corrupt(file, 'magic', magic, JSON.stringify(name));
  const at = (i: number) => header.readUInt32LE(8 + 4 * i);
  if (at(0) !== version) throw corrupt(file, 'version', `${version}`, `${at(0)}`);
  return { labels: at(1), clips: at(2), depth: at(3) };
}

/** Most probable first, equal ones in row order. @param bytes those of `blockRange` @throws SEARCH_INDEX_CORRUPT */
export function decodeSearchBlock(
  bytes: Uint8Array,
  { depth, clips }: SearchHeader,
  label: number,
  file: string,
): Hit[] {
  const field = `label ${label}`;
  const block = opened(bytes, blockBytes(depth), field, file);
  if (block.readUInt32LE() !== label) throw corrupt(file, field, `${label}`, `${block.readUInt32LE()}`);
  return Array.from({ length: depth }, (_, i) => {
    const row = block.readUInt32LE(4 + 4 * i);
    if (row >= clips) throw corrupt(file, field, `rows below ${clips}`, `${row}`);
    return { row, probability: block.readFloatLE(4 + 4 * (depth + i)) };
  });
}

const blockBytes = (depth: number) => 8 + 8 * depth;

function seal(part: Buffer): void {
  const end = part.length - 4;
  part.writeUInt32LE(crc32(part.subarray(0, end)), end);
}

function opened(bytes: Uint8Array, length: number, field: string, file: string): Buffer {
  if (bytes.length !== length) throw corrupt(file, field, `${length} bytes`, `${bytes.length}`);
  const part = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  const [stored, actual] = [part.readUInt32LE(length - 4), crc32(part.subarray(0, length - 4))];
  if (stored !== actual) throw corrupt(file, field, `CRC-32 ${hex(stored)}`, hex(actual));
  return part;
}

const hex = (crc: number) => crc.toString(16).padStart(8, '0');

const corrupt = (file: string, field: string, expected: string, received: string) =>
  new EarshotError('SEARCH_INDEX_CORRUPT', { file, field, expected, received });
