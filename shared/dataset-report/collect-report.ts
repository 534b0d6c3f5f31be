import pMap from 'p-map';
import { readLabelList } from '../dataset/dataset-settings.ts';
import { type Receipt, receiptSchema } from '../dataset/documents.ts';
import { openShards } from '../dataset/join-shards.ts';
import { receiptKey } from '../dataset/keys.ts';
import type { Label } from '../dataset/label-list.ts';
import { readShard } from '../dataset/read-shards.ts';
import { settleClips } from '../dataset/settle-clips.ts';
import { readSourceState } from '../dataset/settled-sources.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type AnomalyGroup, groupAnomalies } from './anomaly-groups.ts';
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
  /** Clips that stay after duplicates, leakage and unknown labels were settled. */
  readonly train: SplitStatistics;
  readonly eval: SplitStatistics;
  readonly anomalies: readonly AnomalyGroup[];
}

/** Reads receipts and shards of a dataset and counts. @throws OBJECT_MISSING when nothing was uploaded */
export async function collectReport(store: ObjectStore, dataset: string): Promise<DatasetReport> {
  const state = await readSourceState(store, dataset);
  const { entries, pending, misplaced, rules } = state;
  if (entries.length + pending.length + misplaced.length === 0) {
    throw new EarshotError('OBJECT_MISSING', {
      file: `incoming/${dataset}/`,
      expected: 'uploads',
      received: 'none',
    });
  }
  const labels = await readLabelList(store, dataset);
  const shards = await openShards(store, state, 0);
  const { kept, excluded } = settleClips(shards, labels.length);
  const gatherers = {
    train: new SplitGatherer(labels.length, rules.maxFrames),
    eval: new SplitGatherer(labels.length, rules.maxFrames),
  };
  await pMap(
    shards,
    async ({ split, reference }, i) => {
      gatherers[split].add(await readShard(store, reference.key), kept[i]!.rows);
    },
    { concurrency },
  );
  const odd = entries.filter(({ anomalyCounts }) => Object.keys(anomalyCounts).length > 0);
  const receipts = await pMap(odd, ({ source }) => receiptOf(store, source.key), { concurrency });
  return {
    dataset,
    labels,
    width: rules.width,
    maxFrames: rules.maxFrames,
    dtype: rules.dtype,
    files: entries.length + pending.length + misplaced.length,
    pending: pending.length,
    quarantinedFiles: entries.filter(({ quarantined }) => quarantined > 0).length,
    quarantinedRecords: entries.reduce((sum, { quarantined }) => sum + quarantined, 0),
    train: gatherers.train.finish(),
    eval: gatherers.eval.finish(),
    anomalies: groupAnomalies(
      receipts,
      excluded,
      misplaced.map(({ key }) => key),
    ),
  };
}

async function receiptOf(store: ObjectStore, key: string): Promise<Receipt> {
  const read = await readJson(store, receiptKey(key), receiptSchema, 'DOCUMENT_CORRUPT');
  if (read === null) throw new EarshotError('OBJECT_MISSING', { file: receiptKey(key) });
  return read.value;
}
