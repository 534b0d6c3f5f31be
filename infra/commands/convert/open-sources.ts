import { stat } from 'node:fs/promises';
import path from 'node:path';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { openNpySource, openNpzSource } from './array-source.ts';
import { openCsvSource } from './csv-source.ts';
import { type ValueMeaning, valueMeanings } from './frame-values.ts';
import type { ClipSource } from './source-clip.ts';

type Open = (file: string, width: number) => Promise<ClipSource>;

/** By the end of the file's name. */
const openers: Readonly<Record<string, Open>> = {
  '.npy': openNpySource,
  '.npz': openNpzSource,
  '.csv': openCsvSource,
};

/**
 * The files of embeddings, all of one width, all with ids or all without.
 * @param width of CSV files; arrays say theirs
 * @param meaning null when it was not said: floats and text are refused then
 * @throws DATA_UNREADABLE, ARRAY_UNUSABLE, TABLE_INVALID, CLIPS_UNMATCHED, USAGE
 */
export async function openSources(
  files: readonly string[],
  width: number,
  meaning: ValueMeaning | null,
): Promise<ClipSource[]> {
  const sources: ClipSource[] = [];
  for (const file of files) sources.push(await openSource(file, width));
  const [first] = sources;
  for (const source of sources) {
    const { file } = source;
    if (source.needsMeaning && meaning === null) {
      const expected = `${valueMeanings.join(', ')}: what the numbers of ${file} are`;
      throw new EarshotError('USAGE', { field: '--values', expected, received: 'nothing' });
    }
    if (source.width !== first!.width) {
      const expected = `${first!.width} values a frame, as in ${first!.file}`;
      throw new EarshotError('ARRAY_UNUSABLE', { file, expected, received: `${source.width}` });
    }
    if (source.hasIds !== first!.hasIds) {
      const expected = `${first!.hasIds ? 'ids' : 'no ids'}, as in ${first!.file}`;
      throw new EarshotError('CLIPS_UNMATCHED', { file, expected, received: source.hasIds ? 'ids' : 'none' });
    }
  }
  return sources;
}

async function openSource(file: string, width: number): Promise<ClipSource> {
  const isFile = await stat(file).then(
    (info) => info.isFile(),
    () => false,
  );
  const open = openers[path.extname(file).toLowerCase()];
  if (isFile && open !== undefined) return open(file, width);
  const expected = `a file that ends in ${Object.keys(openers).join(', ')}`;
  throw new EarshotError('DATA_UNREADABLE', {
    file,
    expected,
    received: isFile ? 'another' : 'no such file',
  });
}
