import type { ClipColumns } from './clip-columns.ts';
import { blankShard, type SealedShard, sealShard } from './shard-format.ts';

/** Rows of the columns in ascending order of their ids, by UTF-16 code units as JavaScript compares strings. */
export function rowsById(columns: ClipColumns): Uint32Array {
  const rows = Uint32Array.from(columns.frameCounts, (_, row) => row);
  return rows.sort((a, b) => compareIds(columns, a, b));
}

function compareIds({ ids }: ClipColumns, a: number, b: number): number {
  const { bytes, offsets } = ids;
  const [endA, endB] = [offsets[a + 1]!, offsets[b + 1]!];
  let i = offsets[a]!;
  let j = offsets[b]!;
  for (; i < endA && j < endB; i++, j++) {
    if (bytes[i] !== bytes[j]) return orderOf(bytes[i]!) - orderOf(bytes[j]!);
  }
  return endA - i - (endB - j);
}

/** UTF-16 has U+E000 to U+FFFF, which begin with 0xEE and 0xEF in UTF-8, behind what is above them. */
const orderOf = (byte: number) => (byte === 0xee || byte === 0xef ? byte + 0x10 : byte);

/** The shard of the given rows, in their order; the same bytes as `encodeShard` of their table. */
export function shardOfRows(columns: ClipColumns, rows: Uint32Array): SealedShard {
  const { ids, labels, labelOffsets, shape } = columns;
  let labelCount = 0;
  let idBytes = 0;
  for (const row of rows) {
    labelCount += labelOffsets[row + 1]! - labelOffsets[row]!;
    idBytes += ids.offsets[row + 1]! - ids.offsets[row]!;
  }
  const shard = blankShard(rows.length, labelCount, idBytes, shape);
  const { layout, bytes, uint16, uint32, float32 } = shard;
  const values = shape.dtype === 'uint8' ? bytes : float32;
  const firstFrame = layout.frames / values.BYTES_PER_ELEMENT;
  const rowLength = shape.maxFrames * shape.width;
  let label = 0;
  let id = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    for (let j = labelOffsets[row]!; j < labelOffsets[row + 1]!; j++) {
      uint16[layout.labelIndices / 2 + label++] = labels[j]!;
    }
    for (let j = ids.offsets[row]!; j < ids.offsets[row + 1]!; j++) bytes[layout.ids + id++] = ids.bytes[j]!;
    uint32[layout.labelOffsets / 4 + i + 1] = label;
    uint32[layout.idOffsets / 4 + i + 1] = id;
    uint16[layout.frameCounts / 2 + i] = columns.frameCounts[row]!;
    float32[layout.starts / 4 + i] = columns.starts[row]!;
    float32[layout.ends / 4 + i] = columns.ends[row]!;
    copyFrames(columns, row, values, firstFrame + i * rowLength);
  }
  return sealShard(shard);
}

function copyFrames(columns: ClipColumns, row: number, target: Uint8Array | Float32Array, at: number): void {
  const { width } = columns.shape;
  const source = columns.frames[row]!;
  const stride = columns.frameStrides[row]!;
  let from = columns.firstFrames[row]!;
  for (let i = 0; i < columns.frameCounts[row]!; i++, from += stride) {
    target.set(source.subarray(from, from + width), at + i * width);
  }
}
