import * as z from 'zod';
import { modelKeys } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** What of `lineage.json` says on which data a version was trained and evaluated. */
const lineageSchema = z.looseObject({
  dataset: z.string(),
  /** Key. */
  snapshot: z.string(),
});
export type Lineage = z.infer<typeof lineageSchema>;

/** @throws MODEL_MISSING, MODEL_CORRUPT */
export async function readLineage(store: ObjectStore, model: string, version: string): Promise<Lineage> {
  const file = modelKeys(model).version(version).lineage;
  const read = await readJson(store, file, lineageSchema, 'MODEL_CORRUPT');
  if (read === null) throw new EarshotError('MODEL_MISSING', { file });
  return read.value;
}
