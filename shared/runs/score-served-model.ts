import type { ClipTable } from '../dataset/clip-table.ts';
import type { Snapshot } from '../dataset/documents.ts';
import type { Engine } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { log } from '../log/log.ts';
import { decodeSavedModel, type ModelContents } from '../model/saved-model.ts';
import { readAliases } from '../registry/aliases.ts';
import { readVersion } from '../registry/versions.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { scoreRows } from '../training/evaluate.ts';

/**
 * What the model that is served now gives the snapshot's eval clips, `[clips, labels]`. Null when none is served, when it cannot be read
 * any more, or when its labels or embeddings are others, so that the two cannot be compared.
 */
export async function scoreServedModel(
  store: ObjectStore,
  { tf }: Engine,
  model: string,
  { labels, shape }: Snapshot,
  table: ClipTable,
): Promise<{ version: string; scores: Float32Array } | null> {
  const version = (await readAliases(store, model))?.aliases.stable ?? null;
  const served = version === null ? null : await readServed(store, model, version);
  if (version === null || served === null) return null;
  const sameLabels =
    served.labels.length === labels.length && served.labels.every(({ mid }, i) => mid === labels[i]!.mid);
  const sameShape =
    served.spec.width === shape.width &&
    served.spec.maxFrames === shape.maxFrames &&
    served.preprocessing.dtype === shape.dtype;
  if (!sameLabels || !sameShape) return null;
  const rows = Uint32Array.from({ length: table.clips }, (_, row) => row);
  return { version, scores: await scoreRows({ tf, ...served, table, rows }) };
}

const lostCodes: readonly string[] = ['MODEL_CORRUPT', 'MODEL_MISSING', 'MODEL_FORMAT_UNSUPPORTED'];

/** A model that is damaged, gone or of an earlier format is replaced by training again: it must not stand in the way of that. */
async function readServed(store: ObjectStore, model: string, version: string): Promise<ModelContents | null> {
  try {
    return decodeSavedModel(await readVersion(store, model, version));
  } catch (error) {
    if (!(error instanceof EarshotError) || !lostCodes.includes(error.code)) throw error;
    log('warning', 'served-model-lost', { model, version, code: error.code, reason: error.message });
    return null;
  }
}
