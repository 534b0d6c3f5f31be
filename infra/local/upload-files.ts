import pMap from 'p-map';
import { incomingKey } from '../../shared/dataset/keys.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { type DataSource, openDataFiles } from './data-files.ts';
import type { Reporter } from './reporter.ts';

const concurrency = 16;

/** Drops the files of a source into the bucket, with a progress bar. Returns how many. @throws DATA_UNREADABLE */
export async function uploadFiles(
  store: ObjectStore,
  dataset: string,
  source: DataSource,
  reporter: Reporter,
): Promise<number> {
  const { total, files } = await openDataFiles(source);
  const progress = reporter.progress('upload', total);
  const began = Date.now();
  let count = 0;
  let bytes = 0;
  await pMap(
    files,
    async ({ split, name, bytes: content }) => {
      await store.put(incomingKey(dataset, split, name), content, {
        contentType: 'application/octet-stream',
      });
      count++;
      bytes += content.length;
      progress.update(count, `${megabytes(bytes)} of ${source.path}`);
    },
    { concurrency },
  );
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  progress.end(`${count} files, ${megabytes(bytes)} of ${source.path} in ${seconds} s`);
  return count;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
