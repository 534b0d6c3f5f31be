import { EarshotError } from '../errors/earshot-error.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { decodeUtf8 } from '../tfrecord/utf8.ts';
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
  if (object === null) return audiosetLabels;
  const text = decodeUtf8(object.bytes);
  if (text === null) {
    throw new EarshotError('LABEL_LIST_INVALID', { file: key, expected: 'UTF-8', received: 'other bytes' });
  }
  return parseLabelList(text, key);
}
