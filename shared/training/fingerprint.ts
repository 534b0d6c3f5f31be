import { createHash } from 'node:crypto';
import type { ClipTable } from '../dataset/clip-table.ts';
import { isStreamed } from '../dataset/streamed-clips.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import type { ResolvedSettings } from './settings.ts';

/**
 * Names all that decides where training goes from a state: model, settings, clips and their order.
 * How long it goes on is not part of it, so that a run can be prolonged; except under a schedule that ends with the
 * steps.
 */
export function runFingerprint(spec: ModelSpec, settings: ResolvedSettings, table: ClipTable): string {
  const { recipe, steps, evaluateEverySteps, checkpointEverySteps, maxHours, clipMegabytes, ...decisive } =
    settings;
  const end = settings.schedule.kind === 'cosine' ? steps : null;
  // Streamed clips come in another order, and that of the windows depends on their size.
  const window = isStreamed(table) ? clipMegabytes : null;
  // What is kept for the model depends on when it is looked at.
  const keeps = settings.earlyStopping !== null || settings.averageCheckpoints > 1;
  const looks = keeps ? evaluateEverySteps : null;
  const hash = createHash('sha256').update(JSON.stringify({ spec, ...decisive, end, looks, window }));
  for (const id of table.ids) hash.update(id, 'utf8').update('\0');
  return hash.digest('hex');
}
