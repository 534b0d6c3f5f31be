import { crc32 } from 'node:zlib';
import { EarshotError } from '../errors/earshot-error.ts';
import type { EmbeddingShape } from './clip-rows.ts';
import { dtypeOf } from './clip-rows.ts';
import type { ClipTable } from './clip-table.ts';

/**
 * A shard, little-endian, columns on 8-byte borders so that typed arrays lie on the bytes without a copy:
 *
 *     header 64 bytes: 'EARSHARD', u32 version, clips, width, maxFrames, dtype (1 uint8, 2 float32), labels,
 *                      id bytes, u32 start of frames, u32 CRC-32 of the columns before the frames, u32 CRC-32 of
 *                      the frames, zeros, u32 CRC-32 of the 60 header bytes before it
 *     frameCounts u16[n]  labelOffsets u32[n+1]  labelIndices u16[labels]  idOffsets u32[n+1]  ids UTF-8
 *     starts f32[n]  ends f32[n]  frames [n, maxFrames, width]
 *
 * The frames come last, so that ids and labels can be read with one range request.
 */
const magic = 'EARSHARD';
const version = 1;
const headerBytes = 64;
const headerCrcAt = 60;
const dtypes = { uint8: 1, float32: 2 } as const;

interface Layout {
  readonly frameCounts: number;
  readonly labelOffsets: number;
  readonly labelIndices: number;
  readonly idOffsets: number;
  readonly ids: number;
  readonly starts: number;
  readonly ends: number;
  readonly frames: number;
  readonly total: number;
}

/** Bytes that the frames of so many clips take up, zero padding included. */
export function frameBytes(clips: number, { width, maxFrames, dtype }: EmbeddingShape): number {
  return clips * maxFrames * width * (dtype === 'uint8' ? 1 : 4);
}

const align = (offset: number) => Math.ceil(offset / 8) * 8;

function layoutOf(clips: number, labels: number, idBytes: number, shape: EmbeddingShape): Layout {
  const frameCounts = headerBytes;
  const labelOffsets = align(frameCounts + clips * 2);
  const labelIndices = align(labelOffsets + (clips + 1) * 4);
  const idOffsets = align(labelIndices + labels * 2);
  const ids = align(idOffsets + (clips + 1) * 4);
  const starts = align(ids + idBytes);
  const ends = align(starts + clips * 4);
  const frames = align(ends + clips * 4);
  const total = frames + frameBytes(clips, shape);
  return { frameCounts, labelOffsets, labelIndices, idOffsets, ids, starts, ends, frames, total };
}

/**
 * A shard before it is sealed, all zero: its bytes, as the types of its columns, each from the beginning. A column begins
 * at the byte that `layout` says, so at index `layout.starts / 4` of `float32`; everything behind the last value stays 0.
 */
export interface BlankShard {
  readonly clips: number;
  readonly labels: number;
  readonly idBytes: number;
  readonly shape: EmbeddingShape;
  readonly layout: Layout;
  readonly bytes: Uint8Array;
  readonly uint16: Uint16Array;
  readonly uint32: Uint32Array;
  readonly float32: Float32Array;
}

/** A whole shard. */
export type SealedShard = Pick<BlankShard, 'bytes' | 'clips' | 'labels'>;

/** A shard of so many clips, labels and bytes of ids, to be filled and then sealed. */
export function blankShard(
  clips: number,
  labels: number,
  idBytes: number,
  shape: EmbeddingShape,
): BlankShard {
  const layout = layoutOf(clips, labels, idBytes, shape);
  const bytes = new Uint8Array(layout.total);
  const { buffer } = bytes;
  return {
    clips,
    labels,
    idBytes,
    shape,
    layout,
    bytes,
    uint16: new Uint16Array(buffer, 0, layout.total >> 1),
    uint32: new Uint32Array(buffer, 0, layout.total >> 2),
    float32: new Float32Array(buffer, 0, layout.total >> 2),
  };
}

/** Writes header and checksums. */
export function sealShard(shard: BlankShard): SealedShard {
  const { clips, labels, idBytes, shape, layout, bytes, uint32 } = shard;
  for (let i = 0; i < magic.length; i++) bytes[i] = magic.charCodeAt(i);
  uint32[2] = version;
  uint32[3] = clips;
  uint32[4] = shape.width;
  uint32[5] = shape.maxFrames;
  uint32[6] = dtypes[shape.dtype];
  uint32[7] = labels;
  uint32[8] = idBytes;
  uint32[9] = layout.frames;
  uint32[10] = crc32(bytes.subarray(headerBytes, layout.frames));
  uint32[11] = crc32(bytes.subarray(layout.frames));
  uint32[headerCrcAt / 4] = crc32(bytes.subarray(0, headerCrcAt));
  return shard;
}

export function encodeShard(table: ClipTable): Uint8Array {
  const { width, maxFrames } = table;
  const ids = table.ids.map((id) => Buffer.from(id, 'utf8'));
  const idBytes = ids.reduce((sum, id) => sum + id.length, 0);
  const shape = { width, maxFrames, dtype: dtypeOf(table) };
  const shard = blankShard(table.clips, table.labelIndices.length, idBytes, shape);
  const { layout, bytes, uint16, uint32, float32 } = shard;
  uint16.set(table.frameCounts, layout.frameCounts / 2);
  uint32.set(table.labelOffsets, layout.labelOffsets / 4);
  uint16.set(table.labelIndices, layout.labelIndices / 2);
  let at = 0;
  for (const [row, id] of ids.entries()) {
    bytes.set(id, layout.ids + at);
    at += id.length;
    uint32[layout.idOffsets / 4 + row + 1] = at;
  }
  float32.set(table.starts, layout.starts / 4);
  float32.set(table.ends, layout.ends / 4);
  if (shape.dtype === 'uint8') bytes.set(table.frames, layout.frames);
  else float32.set(table.frames, layout.frames / 4);
  return sealShard(shard).bytes;
}

/** A shard without its frames: enough to know its clips and their labels. */
export type ShardColumns = Omit<ClipTable, 'frames'>;

/** Byte at which the frames of a shard of `bytes` bytes begin; the columns are all that lies before. */
export function framesStart(bytes: number, clips: number, shape: EmbeddingShape): number {
  return bytes - frameBytes(clips, shape);
}

/** Where in such a shard the frames of one clip lie, both ends inclusive as in HTTP. */
export function clipFramesRange(
  bytes: number,
  clips: number,
  shape: EmbeddingShape,
  { row, frameCount }: { readonly row: number; readonly frameCount: number },
) {
  const start = framesStart(bytes, clips, shape) + frameBytes(row, shape);
  return { start, end: start + frameBytes(1, { ...shape, maxFrames: frameCount }) - 1 };
}

/**
 * Views on the bytes; nothing is copied when they start on an 8-byte border.
 * @throws SHARD_CORRUPT when header, length or checksums do not fit.
 */
export function decodeShard(bytes: Uint8Array, file: string): ClipTable {
  const shard = openShard(bytes, file);
  const { layout, clips, shape } = shard.header;
  expectLength(file, layout.total, shard.bytes.length);
  const columns = columnsOf(shard, file);
  const { buffer, byteOffset } = shard.bytes;
  expectCrc(file, 'frames', shard.header.framesCrc, shard.bytes.subarray(layout.frames));
  const values = clips * shape.maxFrames * shape.width;
  const at = byteOffset + layout.frames;
  const frames =
    shape.dtype === 'uint8' ? new Uint8Array(buffer, at, values) : new Float32Array(buffer, at, values);
  return { ...columns, frames };
}

/**
 * The columns of a shard from the bytes before its frames.
 * @throws SHARD_CORRUPT when header, length or checksums do not fit.
 */
export function decodeShardColumns(bytes: Uint8Array, file: string): ShardColumns {
  const shard = openShard(bytes, file);
  expectLength(file, shard.header.layout.frames, shard.bytes.length);
  return columnsOf(shard, file);
}

interface OpenShard {
  /** On an 8-byte border. */
  readonly bytes: Uint8Array;
  readonly header: ReturnType<typeof readHeader>;
}

function openShard(bytes: Uint8Array, file: string): OpenShard {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  if (aligned.length < headerBytes) {
    throw corrupt(file, 'length', `at least ${headerBytes} bytes`, `${aligned.length}`);
  }
  return { bytes: aligned, header: readHeader(aligned, file) };
}

function readHeader(bytes: Uint8Array, file: string) {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, headerBytes);
  const name = header.toString('latin1', 0, magic.length);
  if (name !== magic) throw corrupt(file, 'magic', magic, JSON.stringify(name));
  expectCrc(file, 'header', header.readUInt32LE(headerCrcAt), header.subarray(0, headerCrcAt));
  const at = (i: number) => header.readUInt32LE(8 + i * 4);
  if (at(0) !== version) throw corrupt(file, 'version', `${version}`, `${at(0)}`);
  const [clips, labels, idBytes] = [at(1), at(5), at(6)];
  const dtype = at(4) === dtypes.uint8 ? 'uint8' : 'float32';
  const shape: EmbeddingShape = { width: at(2), maxFrames: at(3), dtype };
  const layout = layoutOf(clips, labels, idBytes, shape);
  return { clips, labels, idBytes, shape, layout, columnsCrc: at(8), framesCrc: at(9) };
}

function columnsOf({ bytes, header }: OpenShard, file: string): ShardColumns {
  const { clips, labels, idBytes, shape, layout } = header;
  expectCrc(file, 'columns', header.columnsCrc, bytes.subarray(headerBytes, layout.frames));
  const { buffer, byteOffset } = bytes;
  const idOffsets = new Uint32Array(buffer, byteOffset + layout.idOffsets, clips + 1);
  const text = Buffer.from(buffer, byteOffset + layout.ids, idBytes);
  return {
    clips,
    width: shape.width,
    maxFrames: shape.maxFrames,
    frameCounts: new Uint16Array(buffer, byteOffset + layout.frameCounts, clips),
    labelOffsets: new Uint32Array(buffer, byteOffset + layout.labelOffsets, clips + 1),
    labelIndices: new Uint16Array(buffer, byteOffset + layout.labelIndices, labels),
    ids: Array.from({ length: clips }, (_, row) => text.toString('utf8', idOffsets[row], idOffsets[row + 1])),
    starts: new Float32Array(buffer, byteOffset + layout.starts, clips),
    ends: new Float32Array(buffer, byteOffset + layout.ends, clips),
  };
}

const corrupt = (file: string, field: string, expected: string, received: string) =>
  new EarshotError('SHARD_CORRUPT', { file, field, expected, received });

function expectLength(file: string, expected: number, received: number): void {
  if (expected !== received) throw corrupt(file, 'length', `${expected} bytes`, `${received}`);
}

function expectCrc(file: string, field: string, stored: number, bytes: Uint8Array): void {
  const actual = crc32(bytes);
  if (stored !== actual) throw corrupt(file, field, `CRC-32 ${hex(stored)}`, hex(actual));
}

const hex = (crc: number) => crc.toString(16).padStart(8, '0');
