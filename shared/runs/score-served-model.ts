import type { ClipTable } from '../dataset/clip-table.ts';
import type { Snapshot } from '../dataset/documents.ts';
import type { Engine } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { log } from '../log/log.ts';
import { decodeSavedModel, type ModelContents } from '../model/saved-model.ts';
import { readAliases } from '../registry/aliases.ts';
import { readVersion } from '../registry/versions.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { scoreClips } from '../training/evaluate.ts';

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
  return { version, scores: await scoreClips({ tf, ...served, table, rows }) };
}

/** A model that is damaged or gone is replaced by training again: it must not stand in the way of that. */
async function readServed(store: ObjectStore, model: string, version: string): Promise<ModelContents | null> {
  try {
    return decodeSavedModel(await readVersion(store, model, version));
  } catch (error) {
    const isLost =
      error instanceof EarshotError && (error.code === 'MODEL_CORRUPT' || error.code === 'MODEL_MISSING');
    if (!isLost) throw error;
    log('warning', 'served-model-lost', { model, version, code: error.code, reason: error.message });
    return null;
  }
}
