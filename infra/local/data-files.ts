import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDatasetName, type UploadSplit } from '../../shared/dataset/keys.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { archiveEntries } from './archive-entries.ts';
import { type FileContent, withFile } from './file-content.ts';
import { MemoryBudget } from './memory-budget.ts';

/** One `--data [dataset/split=]<folder or archive>`. */
export interface DataSource {
  readonly dataset: string | null;
  readonly split: UploadSplit | null;
  readonly path: string;
  /** Only these, relative to `path`, which is a folder. */
  readonly files?: readonly string[];
}

export interface DataFile {
  readonly split: UploadSplit;
  /** Name below incoming/<dataset>/<split>/. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Does the work on what is in it, once. Throws DATA_UNREADABLE, and what the work throws. */
  withContent<T>(work: (content: FileContent) => Promise<T>): Promise<T>;
}

/** What AudioSet's folders are called, and the split they are. */
const splitOfFolder: Readonly<Record<string, UploadSplit>> = {
  bal_train: 'train',
  unbal_train: 'train',
  train: 'train',
  eval: 'eval',
};
/** Bytes of files in memory at once. */
const memoryBudget = 256 * 1024 * 1024;
const recordFile = /\.tfrecord(\.gz|\.zlib)?$/;

/** @throws USAGE when it is not `[dataset/split=]path` */
export function parseDataSource(text: string): DataSource {
  const match = /^([^=/]+)\/(train|eval|all)=(.+)$/.exec(text);
  if (match?.[1] !== undefined && isDatasetName(match[1])) {
    return { dataset: match[1], split: match[2] as UploadSplit, path: match[3]! };
  }
  if (text === '' || text.includes('=')) {
    throw new EarshotError('USAGE', {
      field: '--data',
      expected: '[dataset/train|eval|all=]<folder, tar, tar.gz or tar.xz>',
      received: JSON.stringify(text),
    });
  }
  return { dataset: null, split: null, path: text };
}

/** The TFRecord files of a folder or archive, or a single one. */
export interface DataFiles {
  /** Null when only reading tells, as for archives. */
  readonly total: number | null;
  readonly files: AsyncIterable<DataFile>;
}

/** @throws DATA_UNREADABLE, at once or while reading */
export async function openDataFiles(source: DataSource): Promise<DataFiles> {
  const info = await stat(source.path).catch((error: unknown) => {
    throw unreadable(source, 'no such file or folder', error);
  });
  if (source.files !== undefined) {
    return { total: source.files.length, files: folderFiles(source, source.files) };
  }
  if (info.isFile() && isRecordFile(path.basename(source.path))) {
    return {
      total: 1,
      files: folderFiles({ ...source, path: path.dirname(source.path) }, [path.basename(source.path)]),
    };
  }
  if (!info.isDirectory()) return { total: null, files: nonEmpty(source, archiveFiles(source)) };
  const paths: string[] = [];
  for await (const file of recordFilesBelow(source, '', [])) paths.push(file);
  return { total: paths.length, files: nonEmpty(source, folderFiles(source, paths)) };
}

/** Relative paths, sorted within a folder. Links are followed, but not to a folder above them, which has no end. */
async function* recordFilesBelow(
  source: DataSource,
  relative: string,
  above: readonly string[],
): AsyncGenerator<string> {
  const folder = await realpath(path.join(source.path, relative));
  if (above.some((one) => `${one}${path.sep}`.startsWith(`${folder}${path.sep}`))) return;
  const names = await readdir(folder);
  for (const name of names.sort()) {
    const inner = path.join(relative, name);
    const info = await stat(path.join(folder, name)).catch((error: unknown) => {
      if (isRecordFile(name)) throw unreadable(source, inner, error);
    });
    if (info?.isDirectory()) yield* recordFilesBelow(source, inner, [...above, folder]);
    else if (info?.isFile() && isRecordFile(name)) yield inner;
  }
}

async function* folderFiles(source: DataSource, paths: readonly string[]): AsyncGenerator<DataFile> {
  const root = path.basename(path.resolve(source.path));
  const budget = new MemoryBudget(memoryBudget);
  for (const relative of paths) {
    const file = path.join(source.path, relative);
    const { size } = await stat(file).catch((error: unknown) => {
      throw unreadable(source, relative, error);
    });
    yield {
      ...placeOf(source, [root], relative.split(path.sep)),
      size,
      withContent: (work) =>
        withFile(file, size, budget, work, (error) => unreadable(source, relative, error)),
    };
  }
}

async function* archiveFiles(source: DataSource): AsyncGenerator<DataFile> {
  try {
    const budget = new MemoryBudget(memoryBudget);
    for await (const { path: entry, ...file } of archiveEntries(source.path, isRecordFile, budget)) {
      const parts = entry.split('/').filter((part) => part !== '.' && part !== '');
      yield { ...placeOf(source, [], parts), ...file };
    }
  } catch (error) {
    throw unreadable(source, error instanceof Error ? error.message : String(error), error);
  }
}

async function* nonEmpty(source: DataSource, files: AsyncIterable<DataFile>): AsyncGenerator<DataFile> {
  let count = 0;
  for await (const file of files) {
    count++;
    yield file;
  }
  if (count === 0) throw unreadable(source, 'no .tfrecord file in it');
}

/**
 * Split by the innermost folder that AudioSet names; the name keeps every folder that the split does not tell, because
 * bal_train and unbal_train hold files of the same names. `above` is the folder given, which counts when AudioSet
 * names it.
 */
function placeOf(source: DataSource, above: readonly string[], below: readonly string[]) {
  const isKnown = (folder: string) => Object.hasOwn(splitOfFolder, folder);
  const folders = [...above.filter(isKnown), ...below.slice(0, -1)];
  const known = folders.findLastIndex(isKnown);
  const split = source.split ?? (known < 0 ? 'all' : splitOfFolder[folders[known]!]!);
  const kept = folders.filter((folder, i) => i !== known || folder !== split);
  return { split, name: [...kept, ...below.slice(-1)].join('/') };
}

export const isRecordFile = (file: string) => recordFile.test(file) && !path.basename(file).startsWith('._');

function unreadable(source: DataSource, received: string, cause?: unknown): EarshotError {
  const expected = 'a .tfrecord file, or a folder, tar, tar.gz or tar.xz with such files';
  return new EarshotError('DATA_UNREADABLE', { file: source.path, expected, received }, { cause });
}
