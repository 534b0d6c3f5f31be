import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { datasetPolicyRules, type UploadPolicyCode } from '../dataset/anomaly-rules.ts';
import { appliedRules } from '../dataset/build-snapshot.ts';
import { readDatasetConfig, readLabelList } from '../dataset/dataset-settings.ts';
import type { Snapshot } from '../dataset/documents.ts';
import { incomingPrefix, runKeys, snapshotPrefix } from '../dataset/keys.ts';
import type { Label } from '../dataset/label-list.ts';
import { readSnapshot } from '../dataset/read-shards.ts';
import { readSourceState, type SourceState } from '../dataset/settled-sources.ts';
import { writeJson } from '../storage/json-objects.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';

/**
 * Requests a run when the dataset's `autoTrain` says so: uploads have been quiet long enough, and there are enough
 * clips that its last snapshot did not have, or they are judged or labelled by other rules than it was. The run's name
 * comes from uploads, rules and labels, so asking twice for the same changes nothing. Returns the new run, or null.
 * @throws DATASET_CONFIG_INVALID, LABEL_LIST_INVALID, DOCUMENT_CORRUPT
 */
export async function requestAutoTraining(
  store: ObjectStore,
  dataset: string,
  now: Date,
): Promise<string | null> {
  const { autoTrain, ...rules } = await readDatasetConfig(store, dataset);
  if (autoTrain === undefined) return null;
  const state = createHash('sha256');
  let newest = 0;
  for await (const { key, etag, lastModified } of store.list(incomingPrefix(dataset))) {
    state.update(`${key}\n${etag}\n`);
    newest = Math.max(newest, lastModified.getTime());
  }
  if (newest === 0 || now.getTime() - newest < autoTrain.quietMinutes * 60_000) return null;
  const sources = await readSourceState(store, dataset);
  if (sources.pending.length > 0) return null;
  const labels = await readLabelList(store, dataset);
  const last = await lastSnapshot(store, dataset);
  const newClips = sources.entries.reduce((sum, { clips }) => sum + clips, 0) - clipsMet(last);
  const isNews = newClips >= autoTrain.minNewClips || (last !== null && isOutdated(last, sources, labels));
  if (!isNews) return null;
  state.update(JSON.stringify([rules, labels]));
  const run = `auto-${state.digest('hex').slice(0, 16)}`;
  const { written } = await writeJson(store, runKeys(run).request, { dataset }, { ifAbsent: true });
  return written ? run : null;
}

async function lastSnapshot(store: ObjectStore, dataset: string): Promise<Snapshot | null> {
  let last: ObjectInfo | null = null;
  for await (const info of store.list(snapshotPrefix(dataset))) {
    if (last === null || info.lastModified > last.lastModified) last = info;
  }
  return last && readSnapshot(store, last.key);
}

/** Good clips that a snapshot met, those it left out included: they are no news. */
function clipsMet(snapshot: Snapshot | null): number {
  if (snapshot === null) return 0;
  const { splits, anomalyCounts } = snapshot;
  const leftOut = Object.keys(datasetPolicyRules).map((code) => anomalyCounts[code] ?? 0);
  return leftOut.reduce((sum, clips) => sum + clips, splits.train.clips + splits.eval.clips);
}

/** Whether the same uploads would come out otherwise now. What only one of the two has met is of other uploads. */
function isOutdated(last: Snapshot, sources: SourceState, labels: readonly Label[]): boolean {
  const { width, maxFrames, dtype } = sources.config;
  const now = appliedRules(sources);
  const differ = <T>(a: T | null | undefined, b: T | null | undefined) => a != null && b != null && a !== b;
  return (
    !isDeepStrictEqual(last.shape, { width, maxFrames, dtype }) ||
    !isDeepStrictEqual(last.labels, labels) ||
    differ(last.rules.evalShare, now.evalShare) ||
    Object.entries(now.policy).some(([code, severity]) =>
      differ(last.rules.policy[code as UploadPolicyCode], severity),
    )
  );
}
