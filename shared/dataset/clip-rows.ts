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

/** The given rows of the given tables, in that order; all tables share width, maximum of frames and dtype. */
export function gatherRows(picks: readonly { table: ClipTable; row: number }[], shape: EmbeddingShape) {
  const rowLength = shape.maxFrames * shape.width;
  const labelsIn = ({ table, row }: { table: ClipTable; row: number }) =>
    table.labelIndices.subarray(table.labelOffsets[row], table.labelOffsets[row + 1]);
  const labelCount = picks.reduce((sum, pick) => sum + labelsIn(pick).length, 0);
  const gathered = emptyColumns(picks.length, labelCount, shape);
  let label = 0;
  for (const [index, pick] of picks.entries()) {
    const { table, row } = pick;
    gathered.frames.set(table.frames.subarray(row * rowLength, (row + 1) * rowLength), index * rowLength);
    gathered.frameCounts[index] = table.frameCounts[row]!;
    gathered.labelIndices.set(labelsIn(pick), label);
    label += labelsIn(pick).length;
    gathered.labelOffsets[index + 1] = label;
    gathered.ids[index] = table.ids[row]!;
    gathered.starts[index] = table.starts[row]!;
    gathered.ends[index] = table.ends[row]!;
  }
  return gathered as ClipTable;
}

/** All rows of all tables, one behind the other. */
export function concatTables(tables: readonly ClipTable[], shape: EmbeddingShape): ClipTable {
  const clips = tables.reduce((sum, table) => sum + table.clips, 0);
  const labelCount = tables.reduce((sum, table) => sum + table.labelIndices.length, 0);
  const joined = emptyColumns(clips, labelCount, shape);
  const rowLength = shape.maxFrames * shape.width;
  let row = 0;
  let label = 0;
  for (const table of tables) {
    joined.frames.set(table.frames, row * rowLength);
    joined.frameCounts.set(table.frameCounts, row);
    joined.starts.set(table.starts, row);
    joined.ends.set(table.ends, row);
    joined.labelIndices.set(table.labelIndices, label);
    for (let i = 0; i < table.clips; i++) {
      joined.ids[row + i] = table.ids[i]!;
      joined.labelOffsets[row + i + 1] = label + table.labelOffsets[i + 1]!;
    }
    row += table.clips;
    label += table.labelIndices.length;
  }
  return joined;
}

function emptyColumns(clips: number, labelCount: number, { width, maxFrames, dtype }: EmbeddingShape) {
  const values = clips * maxFrames * width;
  return {
    clips,
    width,
    maxFrames,
    frames: dtype === 'uint8' ? new Uint8Array(values) : new Float32Array(values),
    frameCounts: new Uint16Array(clips),
    labelOffsets: new Uint32Array(clips + 1),
    labelIndices: new Uint16Array(labelCount),
    ids: new Array<string>(clips),
    starts: new Float32Array(clips),
    ends: new Float32Array(clips),
  };
}
