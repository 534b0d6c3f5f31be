import { EarshotError } from '../errors/earshot-error.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore, ObjectStream } from '../storage/object-store.ts';
import { inspectFile } from '../validation/inspect-file.ts';
import { uploadLimits } from '../validation/limits.ts';
import { clipTableOf } from './clip-rows.ts';
import type { Clip } from './clip-table.ts';
import { type ManifestEntry, manifestEntrySchema, type Receipt, receiptSchema } from './documents.ts';
import { type IncomingKey, manifestKey, parseIncomingKey, type Split } from './keys.ts';
import { splitOfClip } from './split-of-clip.ts';
import { sameRules } from './upload-rules.ts';
import { clipsPerShard, writeShard } from './write-shards.ts';

export type ShardOutcome =
  | { readonly outcome: 'sharded'; readonly entry: ManifestEntry }
  | { readonly outcome: 'unchanged' | 'superseded' | 'misplaced' | 'removed' };

/**
 * Turns the good records of a validated source into shards and its manifest entry. Clips are in ascending order of
 * their ids, so the order of the records in the file does not matter. Safe to repeat.
 */
export async function shardUpload(store: ObjectStore, receiptKey: string): Promise<ShardOutcome> {
  const read = await readJson(store, receiptKey, receiptSchema, 'STORE_FAILED');
  if (read === null) return { outcome: 'removed' };
  const receipt = read.value;
  const { key, etag } = receipt.source;
  const parsed = parseIncomingKey(key);
  if (parsed === null) return { outcome: 'misplaced' };

  const previous = await readJson(store, manifestKey(key), manifestEntrySchema, 'STORE_FAILED');
  if (previous?.value.source.etag === etag && sameRules(previous.value.rules, receipt.rules)) {
    return { outcome: 'unchanged' };
  }
  const source = await store.stream(key, { ifMatch: etag });
  if (source === null) return { outcome: 'superseded' };
  const clips = await goodClips(source, receipt);

  const entry: ManifestEntry = {
    format: 'earshot-manifest-entry',
    version: 1,
    source: receipt.source,
    rules: receipt.rules,
    clips: receipt.clips,
    quarantined: receipt.quarantined.records,
    anomalyCounts: receipt.anomalyCounts,
    shards: {
      train: await writeSplit(store, parsed, 'train', clips, receipt),
      eval: await writeSplit(store, parsed, 'eval', clips, receipt),
    },
  };
  const condition = previous === null ? { ifAbsent: true } : { ifMatch: previous.etag };
  const written = await writeJson(store, manifestKey(key), entry, condition);
  if (!written.written) return { outcome: 'superseded' };
  const now = await store.head(key);
  if (now === null) {
    await store.delete(manifestKey(key));
    return { outcome: 'removed' };
  }
  return now.etag === etag ? { outcome: 'sharded', entry } : { outcome: 'superseded' };
}

async function goodClips(source: ObjectStream, receipt: Receipt): Promise<Clip[]> {
  const clips: Clip[] = [];
  const { key } = receipt.source;
  for await (const seen of inspectFile(source.chunks, { ...receipt.rules, ...uploadLimits }, key)) {
    if (seen.kind === 'clip') clips.push(seen.clip);
  }
  if (clips.length !== receipt.clips) {
    throw new EarshotError('INTERNAL_FAULT', {
      file: key,
      field: 'clips',
      expected: `${receipt.clips} as in the receipt`,
      received: `${clips.length}`,
    });
  }
  return clips.sort(byId);
}

async function writeSplit(
  store: ObjectStore,
  parsed: IncomingKey,
  split: Split,
  clips: readonly Clip[],
  receipt: Receipt,
) {
  const { rules } = receipt;
  const mine =
    parsed.split === 'all'
      ? clips.filter((clip) => splitOfClip(clip.id, rules.evalShare) === split)
      : parsed.split === split
        ? clips
        : [];
  const references = [];
  for (let start = 0; start < mine.length; start += clipsPerShard) {
    const table = clipTableOf(mine.slice(start, start + clipsPerShard), rules);
    references.push(await writeShard(store, parsed.dataset, split, table));
  }
  return references;
}

const byId = (a: Clip, b: Clip) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
