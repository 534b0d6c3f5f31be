import * as z from 'zod';
import { modelKeys } from '../dataset/keys.ts';
import { formatLabelList, type Label } from '../dataset/label-list.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { weightPaths } from '../model/model-json.ts';
import type { SavedModelFiles } from '../model/saved-model.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

const claimSchema = z.object({ run: z.string() });

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

/** What a version says of itself beside its model. */
export interface VersionFacts {
  readonly labels: readonly Label[];
  readonly metrics: unknown;
  readonly lineage: unknown;
  /** Markdown. */
  readonly card: string;
  /** Of `encodeSearchIndex`; a version without one answers everything but searches. */
  readonly searchIndex?: Uint8Array | undefined;
}

/**
 * Writes a version's objects, model.json last: it marks the version as complete, and then nothing of it ever changes.
 * What an attempt that failed has left of it is written over, so that weights and model.json are of one attempt.
 */
export async function publishVersion(
  store: ObjectStore,
  model: string,
  version: string,
  files: SavedModelFiles,
  about: VersionFacts,
): Promise<void> {
  const keys = modelKeys(model).version(version);
  if ((await store.head(keys.modelJson)) !== null) return;
  await Promise.all([
    ...[...files.weights].map(([path, bytes]) => store.put(keys.weights(path), bytes)),
    store.put(keys.labels, Buffer.from(formatLabelList(about.labels)), { contentType: 'text/csv' }),
    writeJson(store, keys.metrics, about.metrics),
    writeJson(store, keys.lineage, about.lineage),
    store.put(keys.card, Buffer.from(about.card), { contentType: 'text/markdown; charset=utf-8' }),
    ...(about.searchIndex === undefined ? [] : [store.put(keys.searchIndex, about.searchIndex)]),
  ]);
  await store.put(keys.modelJson, files.modelJson, { ifAbsent: true, contentType: 'application/json' });
}

/** @throws MODEL_MISSING when the version is not complete; MODEL_FORMAT_UNSUPPORTED, MODEL_CORRUPT */
export async function readVersion(
  store: ObjectStore,
  model: string,
  version: string,
): Promise<SavedModelFiles> {
  const keys = modelKeys(model).version(version);
  const bytesOf = async (key: string) => {
    const read = await store.get(key);
    if (read === null) throw new EarshotError('MODEL_MISSING', { file: key });
    return read.bytes;
  };
  const modelJson = await bytesOf(keys.modelJson);
  const weights = await Promise.all(
    weightPaths(modelJson).map(async (path) => [path, await bytesOf(keys.weights(path))] as const),
  );
  return { modelJson, weights: new Map(weights) };
}
