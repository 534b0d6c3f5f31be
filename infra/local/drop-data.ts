import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { labelListKey } from '../../shared/dataset/keys.ts';
import { formatLabelList } from '../../shared/dataset/label-list.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { DataSource } from './data-files.ts';
import type { Reporter } from './reporter.ts';
import { generateSyntheticSet } from './synthetic/generate-synthetic-set.ts';
import { writeSyntheticSet } from './synthetic/write-synthetic-set.ts';
import { uploadFiles } from './upload-files.ts';

/** A dataset that has no labels of its own gets AudioSet's. */
const unnamedDataset = 'audioset';
const syntheticDataset = 'synthetic';
/** What the demo trains on. */
export const syntheticSize = { seed: 1, trainClips: 3000, evalClips: 1000 };

export interface Dropped {
  readonly dataset: string;
  /** Of the synthetic set; else nobody knows it. */
  readonly ceiling: number | null;
}

/** The one dataset that the sources name. @throws USAGE when they name several */
export function datasetOf(sources: readonly DataSource[]): string {
  if (sources.length === 0) return syntheticDataset;
  const names = new Set(sources.map(({ dataset }) => dataset ?? unnamedDataset));
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw new EarshotError('USAGE', {
    field: '--data',
    expected: 'one dataset at a time',
    received: [...names].join(', '),
  });
}

/** Drops the given data, or else the synthetic set, into the bucket. @throws DATA_UNREADABLE, USAGE */
export async function dropData(
  store: ObjectStore,
  sources: readonly DataSource[],
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Dropped> {
  const dataset = datasetOf(sources);
  if (sources.length === 0) return { dataset, ceiling: await dropSyntheticSet(store, reporter, signal) };
  const dropped = new Map<string, string>();
  for (const source of sources) await uploadFiles({ store, dataset, source, reporter, dropped, signal });
  return { dataset, ceiling: null };
}

async function dropSyntheticSet(
  store: ObjectStore,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<number> {
  const { trainClips, evalClips } = syntheticSize;
  const set = generateSyntheticSet(syntheticSize);
  reporter.say(
    `data       synthetic: ${set.labels.length} labels, ${trainClips} training and ${evalClips} eval clips, best possible mAP ${set.ceiling.toFixed(4)}`,
  );
  const folder = await mkdtemp(path.join(tmpdir(), 'earshot-synthetic-'));
  try {
    await writeSyntheticSet(folder, set);
    await store.put(labelListKey(syntheticDataset), Buffer.from(formatLabelList(set.labels)), {
      contentType: 'text/csv',
    });
    for (const [name, split] of [
      ['bal_train', 'train'],
      ['eval', 'eval'],
    ] as const) {
      const source = { dataset: syntheticDataset, split, path: path.join(folder, name) };
      const dropped = new Map<string, string>();
      await uploadFiles({ store, dataset: syntheticDataset, source, reporter, dropped, signal });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return set.ceiling;
}
