import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDatasetName, type UploadSplit } from '../../shared/dataset/keys.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { archiveEntries } from './archive-entries.ts';

/** One `--data [dataset/split=]<folder or archive>`. */
export interface DataSource {
  readonly dataset: string | null;
  readonly split: UploadSplit | null;
  readonly path: string;
}

export interface DataFile {
  readonly split: UploadSplit;
  /** Name below incoming/<dataset>/<split>/. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What AudioSet's folders are called, and the split they are. */
const splitOfFolder: Readonly<Record<string, UploadSplit>> = {
  bal_train: 'train',
  unbal_train: 'train',
  train: 'train',
  eval: 'eval',
};
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

/** The TFRecord files of a folder or archive. */
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
  if (!info.isDirectory()) return { total: null, files: nonEmpty(source, archiveFiles(source)) };
  const entries = await readdir(source.path, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && isRecordFile(entry.name))
    .map((entry) => path.relative(source.path, path.join(entry.parentPath, entry.name)))
    .sort();
  return { total: paths.length, files: nonEmpty(source, folderFiles(source, paths)) };
}

async function* folderFiles(source: DataSource, paths: readonly string[]): AsyncGenerator<DataFile> {
  const root = path.basename(path.resolve(source.path));
  for (const relative of paths) {
    const bytes = await readFile(path.join(source.path, relative)).catch((error: unknown) => {
      throw unreadable(source, relative, error);
    });
    yield { ...placeOf(source, [root, ...relative.split(path.sep)], 1), bytes };
  }
}

async function* archiveFiles(source: DataSource): AsyncGenerator<DataFile> {
  try {
    for await (const { path: entry, bytes } of archiveEntries(source.path, isRecordFile)) {
      yield {
        ...placeOf(
          source,
          entry.split('/').filter((part) => part !== '.'),
          0,
        ),
        bytes,
      };
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

/** Split by the innermost folder that AudioSet names; the name keeps the other folders, so that none collide. */
function placeOf(source: DataSource, parts: readonly string[], outer: number) {
  const parents = parts.slice(0, -1);
  const known = parents.findLastIndex((parent) => parent in splitOfFolder);
  const split = source.split ?? (known < 0 ? 'all' : splitOfFolder[parents[known]!]!);
  const name = parts.filter((_, i) => i >= outer && i !== known).join('/');
  return { split, name };
}

const isRecordFile = (file: string) => recordFile.test(file) && !path.basename(file).startsWith('._');

function unreadable(source: DataSource, received: string, cause?: unknown): EarshotError {
  const expected = 'a folder, tar, tar.gz or tar.xz with .tfrecord files';
  return new EarshotError('DATA_UNREADABLE', { file: source.path, expected, received }, { cause });
}
