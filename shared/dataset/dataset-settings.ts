import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type DatasetConfig, datasetConfigSchema, defaultDatasetConfig } from './dataset-config.ts';
import { datasetConfigKey, labelListKey } from './keys.ts';
import { audiosetLabels, type Label, parseLabelList } from './label-list.ts';

/**
 * `datasets/<dataset>.json`, or the defaults.
 * @throws DATASET_CONFIG_INVALID
 */
export async function readDatasetConfig(store: ObjectStore, dataset: string): Promise<DatasetConfig> {
  const key = datasetConfigKey(dataset);
  const config = await readJson(store, key, datasetConfigSchema, 'DATASET_CONFIG_INVALID');
  return config?.value ?? defaultDatasetConfig;
}

/**
 * `datasets/<dataset>.labels.csv`, or AudioSet's 527 labels.
 * @throws LABEL_LIST_INVALID
 */
export async function readLabelList(store: ObjectStore, dataset: string): Promise<readonly Label[]> {
  const key = labelListKey(dataset);
  const object = await store.get(key);
  return object === null ? audiosetLabels : parseLabelList(Buffer.from(object.bytes).toString('utf8'), key);
}
