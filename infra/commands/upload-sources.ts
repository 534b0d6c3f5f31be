import { existsSync } from 'node:fs';
import path from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { type DataSource, isRecordFile } from '../local/data-files.ts';

/**
 * What a word of the command stands for: a path, or a pattern that no shell has expanded. The record files that a pattern
 * matches are one source, so that their names keep the folders that tell them apart; folders and archives are each their
 * own. @throws DATA_UNREADABLE when nothing matches
 */
export async function sourcesOf(word: string, target: Omit<DataSource, 'path'>): Promise<DataSource[]> {
  if (existsSync(word) || !isDynamicPattern(word)) return [{ ...target, path: path.resolve(word) }];
  const base = staticBase(word);
  const pattern = word.slice(base.length).replace(/^\//, '');
  const cwd = path.resolve(base === '' ? (word.startsWith('/') ? '/' : '.') : base);
  const found = await glob(pattern, { cwd, onlyFiles: false, expandDirectories: false });
  const matches = found.map((match) => match.replace(/\/$/, '')).sort();
  if (matches.length === 0) {
    const expected = 'a folder, an archive or .tfrecord files that match';
    throw new EarshotError('DATA_UNREADABLE', { file: word, expected, received: 'none' });
  }
  const files = matches.filter((match) => isRecordFile(path.basename(match)));
  const others = matches.filter((match) => !files.includes(match));
  return [
    ...(files.length > 0 ? [{ ...target, path: cwd, files }] : []),
    ...others.map((match) => ({ ...target, path: path.join(cwd, match) })),
  ];
}

/** The leading folders of a pattern that are no pattern themselves. */
function staticBase(pattern: string): string {
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => isDynamicPattern(part));
  return parts.slice(0, first).join('/');
}
