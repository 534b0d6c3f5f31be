import { modelKeys } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { decodeSavedModel } from '../model/saved-model.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readVersion } from './versions.ts';

const unusableCodes: readonly string[] = ['MODEL_CORRUPT', 'MODEL_MISSING', 'MODEL_FORMAT_UNSUPPORTED'];

/**
 * Reads a version whole and holds it against its checksums, as infer does before it serves it.
 * @throws VERSION_UNUSABLE when infer could not serve it; what the store throws
 */
export async function expectUsable(store: ObjectStore, model: string, version: string): Promise<void> {
  try {
    decodeSavedModel(await readVersion(store, model, version));
  } catch (error) {
    if (!(error instanceof EarshotError) || !unusableCodes.includes(error.code)) throw error;
    const folder = `${modelKeys(model).base}${version}/`;
    const details = { file: folder, expected: 'a version that can be served', received: error.message };
    throw new EarshotError('VERSION_UNUSABLE', details, { cause: error });
  }
}
