import { createHash } from 'node:crypto';
import type { ClipTable } from '../dataset/clip-table.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import type { ResolvedSettings } from './settings.ts';

/**
 * Names all that decides where training goes from a state: model, settings, clips and their order.
 * The number of steps is not part of it, so that a run can be prolonged.
 */
export function runFingerprint(spec: ModelSpec, settings: ResolvedSettings, table: ClipTable): string {
  const { batchSize, learningRate, emaDecay, seed } = settings;
  const hash = createHash('sha256').update(JSON.stringify({ spec, batchSize, learningRate, emaDecay, seed }));
  for (const id of table.ids) hash.update(id, 'utf8').update('\0');
  return hash.digest('hex');
}
