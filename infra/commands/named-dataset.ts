import { didYouMean } from '../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

/** Enough to find the names of datasets by; a bucket may hold millions of files. */
const mostKeys = 20_000;

/** @throws DATASET_EMPTY, with what was probably meant, when nothing was ever uploaded to a dataset of this name */
export async function expectDataset(store: ObjectStore, dataset: string): Promise<void> {
  for (const prefix of [`incoming/${dataset}/`, `manifest/${dataset}/`]) {
    for await (const _ of store.list(prefix)) return;
  }
  throw new EarshotError('DATASET_EMPTY', {
    file: `incoming/${dataset}/`,
    expected: 'uploads',
    received: `none${didYouMean(dataset, await datasetNames(store))}`,
  });
}

async function datasetNames(store: ObjectStore): Promise<string[]> {
  const names = new Set<string>();
  let seen = 0;
  for await (const { key } of store.list('incoming/')) {
    names.add(key.split('/')[1]!);
    if (++seen === mostKeys) break;
  }
  return [...names];
}
