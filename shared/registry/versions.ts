import * as z from 'zod';
import { modelKeys } from '../dataset/keys.ts';
import { formatLabelList, type Label } from '../dataset/label-list.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

const claimSchema = z.object({ run: z.string() });

export interface ModelFiles {
  readonly modelJson: Uint8Array;
  readonly weightsBin: Uint8Array;
}

/**
 * The version number of a run: the one it has claimed before, or the next free whole number. A claim is made with
 * If-None-Match, so that two runs never share a version and a resumed run keeps its own. @throws MODEL_CORRUPT
 */
export async function claimVersion(store: ObjectStore, model: string, run: string): Promise<string> {
  const keys = modelKeys(model);
  const ownerOf = async (key: string) =>
    (await readJson(store, key, claimSchema, 'MODEL_CORRUPT'))?.value.run ?? null;
  let last = 0;
  for await (const { key } of store.list(keys.base)) {
    const version = /^(\d+)\/claim\.json$/.exec(key.slice(keys.base.length))?.[1];
    if (version === undefined) continue;
    last = Math.max(last, Number(version));
    if ((await ownerOf(key)) === run) return version;
  }
  for (let number = last + 1; ; number++) {
    const version = String(number);
    const key = keys.version(version).claim;
    if ((await writeJson(store, key, { run }, { ifAbsent: true })).written) return version;
    // Claimed this moment, maybe by another trainer of the same run.
    if ((await ownerOf(key)) === run) return version;
  }
}

/**
 * Writes a version's objects, model.json last: it marks the version as complete, and then nothing of it ever changes.
 * What an attempt that failed has left of it is written over, so that weights and model.json are of one attempt.
 */
export async function publishVersion(
  store: ObjectStore,
  model: string,
  version: string,
  files: ModelFiles,
  about: { readonly labels: readonly Label[]; readonly metrics: unknown; readonly lineage: unknown },
): Promise<void> {
  const keys = modelKeys(model).version(version);
  if ((await store.head(keys.modelJson)) !== null) return;
  await Promise.all([
    store.put(keys.weights, files.weightsBin),
    store.put(keys.labels, Buffer.from(formatLabelList(about.labels)), { contentType: 'text/csv' }),
    writeJson(store, keys.metrics, about.metrics),
    writeJson(store, keys.lineage, about.lineage),
  ]);
  await store.put(keys.modelJson, files.modelJson, { ifAbsent: true, contentType: 'application/json' });
}

/** @throws MODEL_MISSING when the version is not complete */
export async function readVersion(store: ObjectStore, model: string, version: string): Promise<ModelFiles> {
  const keys = modelKeys(model).version(version);
  const [modelJson, weights] = await Promise.all([store.get(keys.modelJson), store.get(keys.weights)]);
  if (modelJson === null || weights === null) {
    throw new EarshotError('MODEL_MISSING', { file: modelJson === null ? keys.modelJson : keys.weights });
  }
  return { modelJson: modelJson.bytes, weightsBin: weights.bytes };
}
