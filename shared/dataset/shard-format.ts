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
  const total = frames + clips * shape.maxFrames * shape.width * (shape.dtype === 'uint8' ? 1 : 4);
  return { frameCounts, labelOffsets, labelIndices, idOffsets, ids, starts, ends, frames, total };
}

export function encodeShard(table: ClipTable): Uint8Array {
  const dtype = dtypeOf(table);
  const ids = table.ids.map((id) => Buffer.from(id, 'utf8'));
  const idBytes = ids.reduce((sum, id) => sum + id.length, 0);
  const layout = layoutOf(table.clips, table.labelIndices.length, idBytes, { ...table, dtype });
  const shard = new Uint8Array(layout.total);
  shard.set(bytesOf(table.frameCounts), layout.frameCounts);
  shard.set(bytesOf(table.labelOffsets), layout.labelOffsets);
  shard.set(bytesOf(table.labelIndices), layout.labelIndices);
  const idOffsets = new Uint32Array(shard.buffer, layout.idOffsets, table.clips + 1);
  let at = 0;
  for (const [row, id] of ids.entries()) {
    shard.set(id, layout.ids + at);
    at += id.length;
    idOffsets[row + 1] = at;
  }
  shard.set(bytesOf(table.starts), layout.starts);
  shard.set(bytesOf(table.ends), layout.ends);
  shard.set(bytesOf(table.frames), layout.frames);

  const header = Buffer.from(shard.buffer, 0, headerBytes);
  header.write(magic, 0, 'latin1');
  const numbers = [
    version,
    table.clips,
    table.width,
    table.maxFrames,
    dtypes[dtype],
    table.labelIndices.length,
    idBytes,
    layout.frames,
    crc32(shard.subarray(headerBytes, layout.frames)),
    crc32(shard.subarray(layout.frames)),
  ];
  for (const [i, value] of numbers.entries()) header.writeUInt32LE(value, 8 + i * 4);
  header.writeUInt32LE(crc32(header.subarray(0, headerCrcAt)), headerCrcAt);
  return shard;
}

/**
 * Views on the bytes; nothing is copied when they start on an 8-byte border.
 * @throws SHARD_CORRUPT when header, length or checksums do not fit.
 */
export function decodeShard(bytes: Uint8Array, file: string): ClipTable {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const corrupt = (field: string, expected: string, received: string) =>
    new EarshotError('SHARD_CORRUPT', { file, field, expected, received });
  if (aligned.length < headerBytes) {
    throw corrupt('length', `at least ${headerBytes} bytes`, `${aligned.length}`);
  }
  const header = Buffer.from(aligned.buffer, aligned.byteOffset, headerBytes);
  if (header.toString('latin1', 0, 8) !== magic) {
    throw corrupt('magic', magic, JSON.stringify(header.toString('latin1', 0, 8)));
  }
  const at = (i: number) => header.readUInt32LE(8 + i * 4);
  const expectCrc = (field: string, stored: number, actual: number) => {
    if (stored !== actual) throw corrupt(field, `CRC-32 ${hex(stored)}`, hex(actual));
  };
  expectCrc('header', header.readUInt32LE(headerCrcAt), crc32(header.subarray(0, headerCrcAt)));
  if (at(0) !== version) throw corrupt('version', `${version}`, `${at(0)}`);
  const [clips, width, maxFrames, labels, idBytes] = [at(1), at(2), at(3), at(5), at(6)];
  const dtype = at(4) === dtypes.uint8 ? 'uint8' : 'float32';
  const layout = layoutOf(clips, labels, idBytes, { width, maxFrames, dtype });
  if (aligned.length !== layout.total) {
    throw corrupt('length', `${layout.total} bytes`, `${aligned.length}`);
  }
  expectCrc('columns', at(8), crc32(aligned.subarray(headerBytes, layout.frames)));
  expectCrc('frames', at(9), crc32(aligned.subarray(layout.frames)));

  const { buffer, byteOffset } = aligned;
  const values = clips * maxFrames * width;
  const idOffsets = new Uint32Array(buffer, byteOffset + layout.idOffsets, clips + 1);
  const text = Buffer.from(buffer, byteOffset + layout.ids, idBytes);
  return {
    clips,
    width,
    maxFrames,
    frames:
      dtype === 'uint8'
        ? new Uint8Array(buffer, byteOffset + layout.frames, values)
        : new Float32Array(buffer, byteOffset + layout.frames, values),
    frameCounts: new Uint16Array(buffer, byteOffset + layout.frameCounts, clips),
    labelOffsets: new Uint32Array(buffer, byteOffset + layout.labelOffsets, clips + 1),
    labelIndices: new Uint16Array(buffer, byteOffset + layout.labelIndices, labels),
    ids: Array.from({ length: clips }, (_, row) => text.toString('utf8', idOffsets[row], idOffsets[row + 1])),
    starts: new Float32Array(buffer, byteOffset + layout.starts, clips),
    ends: new Float32Array(buffer, byteOffset + layout.ends, clips),
  };
}

const hex = (crc: number) => crc.toString(16).padStart(8, '0');

function bytesOf(column: ArrayBufferView): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
