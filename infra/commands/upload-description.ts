import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { datasetConfigSchema } from '../../shared/dataset/dataset-config.ts';
import { readDatasetConfig } from '../../shared/dataset/dataset-settings.ts';
import { datasetConfigKey, labelListKey } from '../../shared/dataset/keys.ts';
import { formatLabelList, type Label, parseLabelList } from '../../shared/dataset/label-list.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../shared/errors/parse-with-schema.ts';
import { readJson, writeJson } from '../../shared/storage/json-objects.ts';
import type { ObjectStore, WriteOptions, WriteResult } from '../../shared/storage/object-store.ts';
import { datasetFiles } from './convert/dataset-files.ts';

/** Label list and shape of a dataset, as `data convert` puts them beside the records. */
export interface Description {
  readonly labels: readonly Label[];
  readonly shape: z.infer<typeof shapeSchema>;
}

const shapeSchema = datasetConfigSchema.pick({ width: true, maxFrames: true, dtype: true });

/** Null for what is no converted folder, which has both files. @throws LABEL_LIST_INVALID, DATASET_CONFIG_INVALID */
export async function readDescription(folder: string): Promise<Description | null> {
  const files = Object.values(datasetFiles).map((name) => path.join(folder, name));
  const [labels, config] = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => null)));
  if (labels == null || config == null) return null;
  return {
    labels: parseLabelList(labels, files[0]!),
    shape: parseWithSchema(shapeSchema, jsonIn(config), 'DATASET_CONFIG_INVALID', { file: files[1]! }),
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Makes the dataset in the bucket take clips so described: a label list that goes on from that in the bucket replaces
 * it, and `maxFrames` grows; what else its configuration says stays. Returns the keys that were (or would be) written.
 * @param hasUploads whether there are clips, which without a configuration are of the default shape
 * @throws DATASET_CONFLICT, CONDITIONAL_WRITE_LOST, LABEL_LIST_INVALID, DATASET_CONFIG_INVALID
 */
export async function describeDataset(
  store: ObjectStore,
  dataset: string,
  { labels, shape }: Description,
  { hasUploads, dryRun }: { readonly hasUploads: boolean; readonly dryRun: boolean },
): Promise<string[]> {
  const list = await labelsToWrite(store, dataset, labels);
  const config = await configToWrite(store, dataset, shape, hasUploads);
  const written: string[] = [];
  for (const [key, write] of [
    [datasetConfigKey(dataset), config],
    [labelListKey(dataset), list],
  ] as const) {
    if (write === null) continue;
    if (!dryRun && !(await write()).written) {
      throw new EarshotError('CONDITIONAL_WRITE_LOST', { file: key });
    }
    written.push(key);
  }
  return written;
}

type Write = () => Promise<WriteResult>;

async function labelsToWrite(
  store: ObjectStore,
  dataset: string,
  labels: readonly Label[],
): Promise<Write | null> {
  const key = labelListKey(dataset);
  const there = await store.get(key);
  if (there !== null) {
    const known = parseLabelList(new TextDecoder().decode(there.bytes), key);
    for (const [index, { mid, displayName }] of known.slice(0, labels.length).entries()) {
      const label = labels[index]!;
      if (label.mid === mid && label.displayName === displayName) continue;
      throw conflict(key, `label ${index}`, displayName, label.displayName);
    }
    // An earlier list, as of a folder that is uploaded again, is part of what is there.
    if (known.length >= labels.length) return null;
  }
  const condition = conditionOf(there?.info.etag);
  const bytes = Buffer.from(formatLabelList(labels));
  return () => store.put(key, bytes, { ...condition, contentType: 'text/csv' });
}

async function configToWrite(
  store: ObjectStore,
  dataset: string,
  shape: Description['shape'],
  hasUploads: boolean,
): Promise<Write | null> {
  const key = datasetConfigKey(dataset);
  const there = await readJson(store, key, z.record(z.string(), z.unknown()), 'DATASET_CONFIG_INVALID');
  const known = await readDatasetConfig(store, dataset);
  const isSettled = there !== null || hasUploads;
  for (const name of ['width', 'dtype'] as const) {
    if (isSettled && known[name] !== shape[name]) {
      throw conflict(key, name, String(known[name]), String(shape[name]));
    }
  }
  const maxFrames = Math.max(shape.maxFrames, known.maxFrames);
  const { width, dtype } = shape;
  if (known.width === width && known.dtype === dtype && known.maxFrames === maxFrames) return null;
  const condition = conditionOf(there?.etag);
  return () => writeJson(store, key, { ...there?.value, width, maxFrames, dtype }, condition);
}

const conditionOf = (etag: string | undefined): WriteOptions =>
  etag === undefined ? { ifAbsent: true } : { ifMatch: etag };

const conflict = (file: string, field: string, expected: string, received: string) =>
  new EarshotError('DATASET_CONFLICT', { file, field, expected, received });
