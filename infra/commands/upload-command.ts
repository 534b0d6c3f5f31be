import { existsSync } from 'node:fs';
import path from 'node:path';
import pMap from 'p-map';
import { incomingKey, incomingPrefix, isDatasetName, type UploadSplit } from '../../shared/dataset/keys.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { largestSinglePut, partSize } from '../../shared/storage/cos-multipart.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
import { type DataSource, openDataFiles } from '../local/data-files.ts';
import type { Reporter } from '../local/reporter.ts';
import { isThere } from './upload-plan.ts';

const concurrency = 16;
const unnamedDataset = 'audioset';

export interface UploadOptions {
  readonly sources: readonly DataSource[];
  readonly dataset: string;
  readonly dryRun: boolean;
}

export interface UploadReport {
  readonly dataset: string;
  readonly uploaded: number;
  readonly unchanged: number;
  /** Of what was (or would be) uploaded. */
  readonly bytes: number;
  readonly dryRun: boolean;
}

/** `upload <folder|archive|files…> [dataset[/split]]`. @throws USAGE */
export function parseUploadArguments(words: readonly string[], dryRun: boolean): UploadOptions {
  const last = words.at(-1) ?? '';
  const target = /^([^/]+)(?:\/(train|eval|all))?$/.exec(last);
  const isTarget = words.length > 1 && !existsSync(last) && target !== null && isDatasetName(target[1]!);
  const paths = isTarget ? words.slice(0, -1) : words;
  if (paths.length === 0) {
    throw new EarshotError('USAGE', {
      field: 'upload',
      expected: '<folder, tar, tar.gz, tar.xz or .tfrecord files> [dataset[/train|eval|all]]',
      received: 'nothing',
    });
  }
  const split = isTarget ? ((target[2] ?? null) as UploadSplit | null) : null;
  const dataset = isTarget ? target[1]! : unnamedDataset;
  return { sources: paths.map((one) => ({ dataset, split, path: path.resolve(one) })), dataset, dryRun };
}

/**
 * Puts files below incoming/. What is there with the same bytes is skipped, so an upload that was broken off goes on
 * where it was. @throws DATA_UNREADABLE, and what the store throws
 */
export async function upload(
  store: ObjectStore,
  { sources, dataset, dryRun }: UploadOptions,
  reporter: Reporter,
): Promise<UploadReport> {
  const present = new Map<string, ObjectInfo>();
  for await (const info of store.list(incomingPrefix(dataset))) present.set(info.key, info);
  let uploaded = 0;
  let unchanged = 0;
  let bytes = 0;
  for (const source of sources) {
    const { total, files } = await openDataFiles(source);
    const progress = reporter.progress(dryRun ? 'would send' : 'upload', total);
    let seen = 0;
    await pMap(
      files,
      async ({ split, name, bytes: content }) => {
        const key = incomingKey(dataset, split, name);
        if (isThere(present.get(key), content, { partSize, largestSinglePut })) unchanged++;
        else {
          if (!dryRun) await store.put(key, content, { contentType: 'application/octet-stream' });
          uploaded++;
          bytes += content.length;
        }
        progress.update(++seen, `${(bytes / 1e6).toFixed(1)} MB, ${unchanged} unchanged`);
      },
      { concurrency },
    );
    progress.end(`${source.path}: ${seen} files`);
  }
  return { dataset, uploaded, unchanged, bytes, dryRun };
}
