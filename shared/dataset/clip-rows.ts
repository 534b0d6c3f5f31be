import type { Clip, ClipTable } from './clip-table.ts';

/** Shape of the embeddings of a dataset. */
export interface EmbeddingShape {
  readonly width: number;
  readonly maxFrames: number;
  readonly dtype: 'uint8' | 'float32';
}

export const dtypeOf = (table: ClipTable): EmbeddingShape['dtype'] =>
  table.frames instanceof Uint8Array ? 'uint8' : 'float32';

/** Columns of the given clips, in their order. */
export function clipTableOf(clips: readonly Clip[], shape: EmbeddingShape): ClipTable {
  const rowLength = shape.maxFrames * shape.width;
  const labelCount = clips.reduce((sum, clip) => sum + clip.labels.length, 0);
  const table = emptyColumns(clips.length, labelCount, shape);
  let label = 0;
  for (const [row, clip] of clips.entries()) {
    table.frames.set(clip.frames, row * rowLength);
    table.frameCounts[row] = clip.frameCount;
    table.labelIndices.set(clip.labels, label);
    label += clip.labels.length;
    table.labelOffsets[row + 1] = label;
    table.ids[row] = clip.id;
    table.starts[row] = clip.start;
    table.ends[row] = clip.end;
  }
  return table;
}

/** One clip of a table, on its own. */
export function clipOfRow(table: ClipTable, row: number): Clip {
  const { width, maxFrames } = table;
  const frameCount = table.frameCounts[row]!;
  const first = row * maxFrames * width;
  return {
    id: table.ids[row]!,
    start: table.starts[row]!,
    end: table.ends[row]!,
    labels: [...table.labelIndices.subarray(table.labelOffsets[row]!, table.labelOffsets[row + 1]!)],
    frameCount,
    frames: table.frames.slice(first, first + frameCount * width),
  };
}

/** A table of so many clips and labels, all zero, to be filled. */
export type EmptyTable = ReturnType<typeof emptyColumns>;

/** Copies a whole table into another of the same shape, from a row and a label index on. */
export function copyTable(table: ClipTable, target: EmptyTable, row: number, label: number): void {
  target.frames.set(table.frames, row * table.maxFrames * table.width);
  copyColumns(table, target, row, label);
}

/** The same without the frames. */
export function copyColumns(
  table: Omit<ClipTable, 'frames'>,
  target: Omit<EmptyTable, 'frames'>,
  row: number,
  label: number,
): void {
  target.frameCounts.set(table.frameCounts, row);
  target.starts.set(table.starts, row);
  target.ends.set(table.ends, row);
  target.labelIndices.set(table.labelIndices, label);
  for (let i = 0; i < table.clips; i++) {
    target.ids[row + i] = table.ids[i]!;
    target.labelOffsets[row + i + 1] = label + table.labelOffsets[i + 1]!;
  }
}

/** @param frames in memory that threads can share, or that they would copy */
export function emptyColumns(
  clips: number,
  labelCount: number,
  shape: EmbeddingShape,
  memory: 'own' | 'shared' = 'own',
) {
  const { width, maxFrames, dtype } = shape;
  const Memory = memory === 'shared' ? SharedArrayBuffer : ArrayBuffer;
  const values = clips * maxFrames * width;
  return {
    clips,
    width,
    maxFrames,
    frames: dtype === 'uint8' ? new Uint8Array(new Memory(values)) : new Float32Array(new Memory(4 * values)),
    frameCounts: new Uint16Array(clips),
    labelOffsets: new Uint32Array(clips + 1),
    labelIndices: new Uint16Array(labelCount),
    ids: new Array<string>(clips),
    starts: new Float32Array(clips),
    ends: new Float32Array(clips),
  };
}
