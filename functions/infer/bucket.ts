import { cosSettings } from '../../shared/config/settings.ts';
import { EvaluatedClips } from '../../shared/search/evaluated-clips.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

let opened: ObjectStore | undefined;
let clips: EvaluatedClips | undefined;

/** The bucket of the environment, opened once. @throws SETTING_INVALID */
export function bucket(): ObjectStore {
  opened ??= openCosObjectStore(cosSettings(process.env));
  return opened;
}

/** What the bucket holds of evaluations; a cold start reads none of it. @throws SETTING_INVALID */
export function evaluatedClips(): EvaluatedClips {
  clips ??= new EvaluatedClips(bucket());
  return clips;
}
