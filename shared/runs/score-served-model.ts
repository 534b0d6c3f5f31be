import type { ClipTable } from '../dataset/clip-table.ts';
import type { Snapshot } from '../dataset/documents.ts';
import type { Engine } from '../engine/engine.ts';
import { decodeSavedModel } from '../model/saved-model.ts';
import { readAliases } from '../registry/aliases.ts';
import { readVersion } from '../registry/versions.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { evaluate } from '../training/evaluate.ts';

/**
 * mAP of the model that is served now, on this snapshot's eval clips. Null when none is served, or when its labels or
 * embeddings are others, so that the two cannot be compared.
 */
export async function scoreServedModel(
  store: ObjectStore,
  { tf }: Engine,
  model: string,
  { labels, shape }: Snapshot,
  table: ClipTable,
): Promise<{ version: string; mAP: number } | null> {
  const version = (await readAliases(store, model))?.aliases.stable ?? null;
  if (version === null) return null;
  const served = decodeSavedModel(await readVersion(store, model, version));
  const sameLabels =
    served.labels.length === labels.length && served.labels.every(({ mid }, i) => mid === labels[i]!.mid);
  const sameShape =
    served.spec.width === shape.width &&
    served.spec.maxFrames === shape.maxFrames &&
    served.preprocessing.dtype === shape.dtype;
  if (!sameLabels || !sameShape) return null;
  const rows = Uint32Array.from({ length: table.clips }, (_, row) => row);
  const { mAP } = await evaluate({ tf, ...served, table, rows });
  return { version, mAP };
}
