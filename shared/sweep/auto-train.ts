import { createHash } from 'node:crypto';
import { readDatasetConfig } from '../dataset/dataset-settings.ts';
import { incomingPrefix, runKeys, snapshotPrefix } from '../dataset/keys.ts';
import { readSnapshot } from '../dataset/read-shards.ts';
import { readSourceState } from '../dataset/settled-sources.ts';
import { writeJson } from '../storage/json-objects.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';

/**
 * Requests a run when the dataset's `autoTrain` says so: uploads have been quiet long enough and there are enough
 * clips that its last snapshot did not have. The run's name comes from the state of the uploads, so asking twice
 * for the same state changes nothing. Returns the new run, or null.
 */
export async function requestAutoTraining(
  store: ObjectStore,
  dataset: string,
  now: Date,
): Promise<string | null> {
  const { autoTrain } = await readDatasetConfig(store, dataset);
  if (autoTrain === undefined) return null;
  const state = createHash('sha256');
  let newest = 0;
  for await (const { key, etag, lastModified } of store.list(incomingPrefix(dataset))) {
    state.update(`${key}\n${etag}\n`);
    newest = Math.max(newest, lastModified.getTime());
  }
  if (newest === 0 || now.getTime() - newest < autoTrain.quietMinutes * 60_000) return null;
  const { entries, pending } = await readSourceState(store, dataset);
  if (pending.length > 0) return null;
  const clips = entries.reduce((sum, entry) => sum + entry.clips, 0);
  if (clips - (await clipsAtLastSnapshot(store, dataset)) < autoTrain.minNewClips) return null;
  const run = `auto-${state.digest('hex').slice(0, 16)}`;
  const { written } = await writeJson(store, runKeys(run).request, { dataset }, { ifAbsent: true });
  return written ? run : null;
}

/** Good clips that the last snapshot met, those it left out included: they are no news. */
async function clipsAtLastSnapshot(store: ObjectStore, dataset: string): Promise<number> {
  let last: ObjectInfo | null = null;
  for await (const info of store.list(snapshotPrefix(dataset))) {
    if (last === null || info.lastModified > last.lastModified) last = info;
  }
  if (last === null) return 0;
  const { splits, excluded, excludedOmitted } = await readSnapshot(store, last.key);
  return splits.train.clips + splits.eval.clips + excluded.length + excludedOmitted;
}
