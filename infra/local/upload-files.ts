import pMap from 'p-map';
import { incomingKey } from '../../shared/dataset/keys.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { type DataSource, openDataFiles } from './data-files.ts';
import type { Reporter } from './reporter.ts';

const concurrency = 16;

export interface Upload {
  readonly store: ObjectStore;
  readonly dataset: string;
  readonly source: DataSource;
  readonly reporter: Reporter;
  /** Key → path of the source that it was dropped from, of all sources of the command; added to. */
  readonly dropped: Map<string, string>;
  readonly signal: AbortSignal;
}

/**
 * Drops the files of a source into the bucket, with a progress bar. Returns how many.
 * @throws DATA_UNREADABLE; USAGE when one would take the place of another that was dropped by the same command
 */
export async function uploadFiles(upload: Upload): Promise<number> {
  const { store, dataset, source, reporter, dropped, signal } = upload;
  const { total, files } = await openDataFiles(source);
  const progress = reporter.progress('upload', total);
  const began = Date.now();
  let count = 0;
  let bytes = 0;
  await pMap(
    files,
    async ({ split, name, size, withContent }) => {
      const key = incomingKey(dataset, split, name);
      const other = dropped.get(key);
      if (other !== undefined) throw sameName('--data', key, other, source.path);
      dropped.set(key, source.path);
      const contentType = 'application/octet-stream';
      await withContent((content) => store.put(key, content, { contentType }));
      count++;
      bytes += size;
      progress.update(count, `${megabytes(bytes)} of ${source.path}`);
    },
    { concurrency, signal },
  );
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  progress.end(`${count} files, ${megabytes(bytes)} of ${source.path} in ${seconds} s`);
  return count;
}

/** Of two files of a command that would go to one key. */
export function sameName(field: string, key: string, first: string, second: string): EarshotError {
  const received = `${key} from ${first} and again from ${second}`;
  const expected = 'file names that differ; give the folder above both, or rename one';
  return new EarshotError('USAGE', { field, expected, received });
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
