import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ClipColumns } from '../shared/dataset/clip-columns.ts';
import type { ClipTable } from '../shared/dataset/clip-table.ts';
import { decodeShard } from '../shared/dataset/shard-format.ts';
import { rowsById, shardOfRows } from '../shared/dataset/shard-of-rows.ts';
import { inspectClips } from '../shared/validation/inspect-clips.ts';
import { uploadLimits } from '../shared/validation/limits.ts';
import { AudioSetFolders } from './audioset-folders.ts';

const shape = { width: 128, maxFrames: 10, dtype: 'uint8' } as const;

export interface TrainAndEval {
  readonly train: ClipTable;
  readonly evaluate: ClipTable;
}

/** AudioSet's balanced training set and the public half of its evaluation set, each in the order of the clips' ids. */
export async function audiosetClips(): Promise<TrainAndEval> {
  const folders = new AudioSetFolders();
  try {
    const root = folders.folder(1, 1);
    const train = await columnsOf(path.join(root, 'bal_train'));
    const evaluate = await columnsOf(path.join(root, 'eval'));
    return { train: tableOf(train), evaluate: tableOf(evaluate) };
  } finally {
    folders.remove();
  }
}

/** The training set alone, every fifth clip of it as the one to measure on: what choices are made by. */
export async function choiceClips(): Promise<TrainAndEval> {
  const folders = new AudioSetFolders();
  try {
    const columns = await columnsOf(path.join(folders.folder(1, 1), 'bal_train'));
    const isAside = (i: number) => i % 5 === 0;
    return {
      train: tableOf(columns, (i) => !isAside(i)),
      evaluate: tableOf(columns, isAside),
    };
  } finally {
    folders.remove();
  }
}

async function columnsOf(folder: string): Promise<ClipColumns> {
  const columns = new ClipColumns(shape);
  for (const name of readdirSync(folder).sort()) {
    const content = readFileSync(path.join(folder, name));
    await inspectClips(inOnePiece(content), { ...shape, ...uploadLimits }, name, columns);
  }
  return columns;
}

async function* inOnePiece(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

function tableOf(columns: ClipColumns, wanted: (i: number) => boolean = () => true): ClipTable {
  return decodeShard(
    shardOfRows(
      columns,
      rowsById(columns).filter((_, i) => wanted(i)),
    ).bytes,
    'audioset',
  );
}
