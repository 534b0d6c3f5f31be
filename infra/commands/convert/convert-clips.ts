import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultDatasetConfig } from '../../../shared/dataset/dataset-config.ts';
import type { Split } from '../../../shared/dataset/keys.ts';
import { formatLabelList, type Label } from '../../../shared/dataset/label-list.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { readClipLabels } from './clip-labels.ts';
import { clipOfSource, SourceSplits } from './clip-of-source.ts';
import type { ConvertOptions } from './convert-options.ts';
import { datasetFiles } from './dataset-files.ts';
import { MatchedLabels } from './matched-labels.ts';
import { openSources } from './open-sources.ts';
import { labelIndices, ownLabelList, readEarlierList } from './own-label-list.ts';
import { RecordShards } from './record-shards.ts';

export interface ConvertReport {
  readonly output: string;
  readonly clips: Readonly<Record<Split, number>>;
  readonly frames: number;
  /** TFRecord files, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  readonly shape: { readonly width: number; readonly maxFrames: number; readonly dtype: 'uint8' | 'float32' };
  /** Clips of each label. */
  readonly labels: readonly (Label & Readonly<Record<Split, number>>)[];
  /** Clips that were left out for want of a label, and lines of the label file that no clip had. */
  readonly skipped: number;
  readonly unused: readonly string[];
}

/**
 * Reads embeddings and labels and writes a folder that `upload` takes: train/ and eval/ with TFRecords, the label list,
 * the shape. Memory: the label file, one clip and two files of records.
 * @param folder where to write; not there yet
 * @throws DATA_UNREADABLE, ARRAY_UNUSABLE, TABLE_INVALID, CLIP_UNUSABLE, CLIPS_UNMATCHED, LABEL_LIST_INVALID, USAGE
 */
export async function convertClips(options: ConvertOptions, folder: string): Promise<ConvertReport> {
  const { files, meaning, width: csvWidth } = options;
  const rows = await readClipLabels(options.labels);
  const earlier = options.labelList === null ? [] : await readEarlierList(options.labelList);
  const labels = ownLabelList(
    rows.flatMap((row) => row.labels),
    earlier,
  );
  const sources = await openSources(files, csvWidth, meaning);
  const { width, hasIds } = sources[0]!;
  const dtype = meaning === 'float32' ? 'float32' : 'uint8';
  const rules = { width, meaning: meaning ?? 'bytes', frameSeconds: options.frameSeconds } as const;

  const indices = labelIndices(labels);
  const matched = new MatchedLabels(options.labels, rows, options.unlabelled);
  const splits = new SourceSplits(options.evalShare);
  const shards: Record<Split, RecordShards> = {
    train: await shardsIn(path.join(folder, 'train'), options),
    eval: await shardsIn(path.join(folder, 'eval'), options),
  };
  const clips = { train: 0, eval: 0 };
  const perLabel = { train: new Uint32Array(labels.length), eval: new Uint32Array(labels.length) };
  const seen = new Set<string>();
  let [frames, longest, skipped] = [0, 0, 0];
  for (const source of sources) {
    for await (const clip of source.clips()) {
      const row = matched.of(clip);
      if (row === null) {
        skipped++;
        continue;
      }
      const record = clipOfSource(clip, row, indices, rules);
      if (seen.has(record.id)) {
        const received = `${record.id} again`;
        throw new EarshotError('CLIP_UNUSABLE', {
          ...clip.where,
          field: 'id',
          expected: 'an id of its own',
          received,
        });
      }
      seen.add(record.id);
      const split = splits.of(record.id, row.split, clip.where);
      await shards[split].add(record);
      clips[split]++;
      frames += record.frameCount;
      longest = Math.max(longest, record.frameCount);
      for (const label of record.labels) perLabel[split][label]!++;
    }
  }
  const unused = matched.unused(!hasIds);
  for (const one of Object.values(shards)) await one.flush();
  if (seen.size === 0) throw new EarshotError('CLIPS_UNMATCHED', { expected: 'a clip', received: 'none' });

  const shape = { width, maxFrames: Math.max(longest, defaultDatasetConfig.maxFrames), dtype } as const;
  await writeFile(path.join(folder, datasetFiles.labels), formatLabelList(labels));
  await writeFile(path.join(folder, datasetFiles.config), `${JSON.stringify(shape, null, 2)}\n`);
  return {
    output: options.output,
    clips,
    frames,
    files: shards.train.files + shards.eval.files,
    bytes: shards.train.bytes + shards.eval.bytes,
    shape,
    labels: labels.map((label, i) => ({ ...label, train: perLabel.train[i]!, eval: perLabel.eval[i]! })),
    skipped,
    unused,
  };
}

async function shardsIn(folder: string, { output, shardMegabytes }: ConvertOptions): Promise<RecordShards> {
  await mkdir(folder, { recursive: true });
  return new RecordShards(folder, path.basename(output), shardMegabytes * 1e6);
}
