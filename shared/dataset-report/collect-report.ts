import pMap from 'p-map';
import { readLabelList } from '../dataset/dataset-settings.ts';
import type { ManifestEntry } from '../dataset/documents.ts';
import { openShards } from '../dataset/join-shards.ts';
import { quarantineKey, quarantineReasonsKey } from '../dataset/keys.ts';
import type { Label } from '../dataset/label-list.ts';
import { readShard } from '../dataset/read-shards.ts';
import { settleClips } from '../dataset/settle-clips.ts';
import { readSourceState } from '../dataset/settled-sources.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { AnomalyGroup } from './anomaly-groups.ts';
import { type DuplicateFiles, findDuplicateFiles } from './duplicate-files.ts';
import { findLateLabels, type LateLabels } from './late-labels.ts';
import { readAnomalies } from './read-anomalies.ts';
import { SplitGatherer, type SplitStatistics } from './split-statistics.ts';

const concurrency = 16;

/** A dataset as it is now. */
export interface DatasetReport {
  readonly dataset: string;
  readonly labels: readonly Label[];
  readonly width: number;
  readonly maxFrames: number;
  readonly dtype: string;
  readonly files: number;
  /** Uploads that are not validated and sharded yet. */
  readonly pending: number;
  readonly quarantinedFiles: number;
  readonly quarantinedRecords: number;
  /** The files with the most records there. */
  readonly quarantine: readonly QuarantinedFile[];
  /** Clips that stay after duplicates, leakage and unknown labels were settled. */
  readonly train: SplitStatistics;
  readonly eval: SplitStatistics;
  /** Clips left out of train because eval has them. */
  readonly leakedClips: number;
  /** Clips left out because another file of their split has them. */
  readonly duplicateClips: number;
  readonly duplicateFiles: readonly DuplicateFiles[];
  readonly lateLabels: LateLabels;
  readonly anomalies: readonly AnomalyGroup[];
}

export interface QuarantinedFile {
  readonly file: string;
  readonly records: number;
  /** Where they are; the reasons beside them. */
  readonly key: string;
  readonly reasonsKey: string;
}

const quarantinedListed = 20;

/** Reads manifest, receipts and shards of a dataset and counts.
 * @throws DATASET_EMPTY when nothing was uploaded; DATASET_CONFIG_INVALID, LABEL_LIST_INVALID, DOCUMENT_CORRUPT */
export async function collectReport(store: ObjectStore, dataset: string): Promise<DatasetReport> {
  const state = await readSourceState(store, dataset);
  const { entries, pending, misplaced, config } = state;
  if (entries.length + pending.length + misplaced.length === 0) {
    throw new EarshotError('DATASET_EMPTY', {
      file: `incoming/${dataset}/`,
      expected: 'uploads',
      received: 'none',
    });
  }
  const labels = await readLabelList(store, dataset);
  const shards = await openShards(store, state, 0);
  const { kept, excluded } = settleClips(shards, labels.length);
  const gatherers = {
    train: new SplitGatherer(labels.length, config.maxFrames),
    eval: new SplitGatherer(labels.length, config.maxFrames),
  };
  await pMap(
    shards,
    async ({ split, reference }, i) => {
      gatherers[split].add(await readShard(store, reference.key), kept[i]!.rows);
    },
    { concurrency },
  );
  return {
    dataset,
    labels,
    width: config.width,
    maxFrames: config.maxFrames,
    dtype: config.dtype,
    files: entries.length + pending.length + misplaced.length,
    pending: pending.length,
    quarantinedFiles: entries.filter(({ quarantined }) => quarantined > 0).length,
    quarantinedRecords: entries.reduce((sum, { quarantined }) => sum + quarantined, 0),
    quarantine: quarantinedFiles(entries),
    train: gatherers.train.finish(),
    eval: gatherers.eval.finish(),
    leakedClips: excluded.counts.LEAKED_CLIP ?? 0,
    duplicateClips: excluded.counts.DUPLICATE_CLIP ?? 0,
    duplicateFiles: findDuplicateFiles(state),
    lateLabels: await findLateLabels(store, dataset, shards, labels.length),
    anomalies: await readAnomalies(store, state, excluded),
  };
}

function quarantinedFiles(entries: readonly ManifestEntry[]): QuarantinedFile[] {
  return entries
    .filter(({ quarantined }) => quarantined > 0)
    .sort((a, b) => b.quarantined - a.quarantined)
    .slice(0, quarantinedListed)
    .map(({ source: { key: file }, quarantined: records }) => {
      return { file, records, key: quarantineKey(file), reasonsKey: quarantineReasonsKey(file) };
    });
}
