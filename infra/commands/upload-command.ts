import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import pMap from 'p-map';
import { incomingKey, incomingPrefix, isDatasetName, type UploadSplit } from '../../shared/dataset/keys.ts';
import { didYouMean } from '../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { largestSinglePut, partSize } from '../../shared/storage/cos-multipart.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
import { openDataFiles } from '../local/data-files.ts';
import type { Reporter } from '../local/reporter.ts';
import { sameName } from '../local/upload-files.ts';
import { describeDataset, readDescription } from './upload-description.ts';
import { isThere } from './upload-plan.ts';
import { sourcesOf } from './upload-sources.ts';

const concurrency = 16;
const unnamedDataset = 'audioset';

export interface UploadOptions {
  /** Paths and patterns. */
  readonly words: readonly string[];
  readonly dataset: string;
  readonly split: UploadSplit | null;
  readonly dryRun: boolean;
  /** How the last word was understood, where it may have been meant otherwise. */
  readonly understood: string | null;
}

export interface UploadReport {
  readonly dataset: string;
  readonly uploaded: number;
  readonly unchanged: number;
  /** Of what was (or would be) uploaded. */
  readonly bytes: number;
  readonly dryRun: boolean;
  /** Keys of label list and configuration that were (or would be) written, of a folder that `data convert` made. */
  readonly described: readonly string[];
}

/**
 * `upload <folder|archive|files|pattern…> [dataset[/split]]`. A last word that is a path is one, unless it repeats another:
 * nobody sends a folder twice. @throws USAGE
 */
export function parseUploadArguments(words: readonly string[], dryRun: boolean): UploadOptions {
  const last = words.at(-1) ?? '';
  const target = /^([^/]+)(?:\/(train|eval|all))?$/.exec(last);
  const isMissing = words.length > 1 && !existsSync(last);
  const isRepeated = words.slice(0, -1).some((word) => path.resolve(word) === path.resolve(last));
  const mayBeTarget = words.length > 1 && target !== null && isDatasetName(target[1]!);
  const isTarget = mayBeTarget && (isMissing || isRepeated);
  const unknownSplit = /^[^/]+\/([\w-]+)$/.exec(last)?.[1];
  if (isMissing && !isTarget && unknownSplit !== undefined) {
    throw new EarshotError('USAGE', {
      field: 'split',
      expected: 'train, eval or all',
      received: `"${unknownSplit}"${didYouMean(unknownSplit, ['train', 'eval', 'all'])}`,
    });
  }
  const paths = isTarget ? words.slice(0, -1) : words;
  if (paths.length === 0) {
    throw new EarshotError('USAGE', {
      field: 'upload',
      expected: '<folder, tar, tar.gz, tar.xz, .tfrecord files or a pattern> [dataset[/train|eval|all]]',
      received: 'nothing',
    });
  }
  const split = isTarget ? ((target[2] ?? null) as UploadSplit | null) : null;
  const isBoth = mayBeTarget && !isTarget && statSync(last).isDirectory();
  const understood = isBoth
    ? `${last} is a folder here: it is sent too, and all goes to the dataset ${unnamedDataset}. For the dataset write ${target[1]}/all.`
    : null;
  return { words: paths, dataset: isTarget ? target[1]! : unnamedDataset, split, dryRun, understood };
}

/**
 * Puts files below incoming/. What is there with the same bytes is skipped, so an upload that was broken off goes on
 * where it was. Memory: a few files, however large they or their archive are.
 * @throws DATA_UNREADABLE; USAGE when one file would take the place of another; DATASET_CONFLICT; what the store throws
 */
export async function upload(
  store: ObjectStore,
  { words, dataset, split: given, dryRun, understood }: UploadOptions,
  reporter: Reporter,
): Promise<UploadReport> {
  if (understood !== null) reporter.warn(understood);
  const sources = (await pMap(words, (word) => sourcesOf(word, { dataset, split: given }))).flat();
  const present = new Map<string, ObjectInfo>();
  for await (const info of store.list(incomingPrefix(dataset))) present.set(info.key, info);
  const described: string[] = [];
  for (const { path: folder } of sources) {
    const description = await readDescription(folder);
    if (description === null) continue;
    const hasUploads = present.size > 0;
    described.push(...(await describeDataset(store, dataset, description, { hasUploads, dryRun })));
  }
  const origin = new Map<string, string>();
  let uploaded = 0;
  let unchanged = 0;
  let bytes = 0;
  for (const source of sources) {
    const { total, files } = await openDataFiles(source);
    const progress = reporter.progress(dryRun ? 'would send' : 'upload', total);
    let seen = 0;
    await pMap(
      files,
      async ({ split, name, size, withContent }) => {
        const key = incomingKey(dataset, split, name);
        const other = origin.get(key);
        if (other !== undefined) throw sameName('upload', key, other, source.path);
        origin.set(key, source.path);
        const isNew = await withContent(async (content) => {
          if (await isThere(present.get(key), content, { partSize, largestSinglePut })) return false;
          if (!dryRun) await store.put(key, content, { contentType: 'application/octet-stream' });
          return true;
        });
        if (isNew) {
          uploaded++;
          bytes += size;
        } else {
          unchanged++;
        }
        progress.update(++seen, `${(bytes / 1e6).toFixed(1)} MB, ${unchanged} unchanged`);
      },
      { concurrency },
    );
    progress.end(`${source.path}: ${seen} files`);
  }
  return { dataset, uploaded, unchanged, bytes, dryRun, described: [...new Set(described)] };
}
