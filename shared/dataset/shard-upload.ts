import { EarshotError } from '../errors/earshot-error.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore, ObjectStream } from '../storage/object-store.ts';
import { inspectClips } from '../validation/inspect-clips.ts';
import { uploadLimits } from '../validation/limits.ts';
import { ClipColumns } from './clip-columns.ts';
import {
  type ManifestEntry,
  manifestEntrySchema,
  type Receipt,
  receiptSchema,
  shardsOfEntry,
} from './documents.ts';
import { type IncomingKey, manifestKey, parseIncomingKey, prefixes, type Split } from './keys.ts';
import { rowsById, shardOfRows } from './shard-of-rows.ts';
import { splitOfClip } from './split-of-clip.ts';
import { sameRules } from './upload-rules.ts';
import { clipsPerShard, writeSealedShard } from './write-shards.ts';

export type ShardOutcome =
  | { readonly outcome: 'sharded'; readonly entry: ManifestEntry }
  | { readonly outcome: 'unchanged' | 'superseded' | 'misplaced' | 'removed' | 'ignored' };

/** A source that changes again and again while it is sharded gives up after this many versions. */
const maxVersions = 5;

/**
 * Turns the good records of a validated source into shards and its manifest entry. Clips are in ascending order of
 * their ids, so the order of the records in the file does not matter. Safe to repeat and to run twice at once.
 * @throws DOCUMENT_CORRUPT when receipt or entry cannot be read or the receipt is not the source's;
 *   CONDITIONAL_WRITE_LOST, or what the store throws
 */
export async function shardUpload(store: ObjectStore, receiptKey: string): Promise<ShardOutcome> {
  if (!receiptKey.startsWith(prefixes.receipts)) return { outcome: 'ignored' };
  for (let version = 0; version < maxVersions; version++) {
    const result = await shardVersion(store, receiptKey);
    if (result.outcome !== 'changed') return result;
  }
  throw new EarshotError('CONDITIONAL_WRITE_LOST', {
    file: receiptKey,
    expected: 'a source that stays the same while it is sharded',
    received: `${maxVersions} versions in a row`,
  });
}

/** `changed`: source or entry became another one meanwhile. */
async function shardVersion(
  store: ObjectStore,
  receiptKey: string,
): Promise<ShardOutcome | { readonly outcome: 'changed' }> {
  const read = await readJson(store, receiptKey, receiptSchema, 'DOCUMENT_CORRUPT');
  if (read === null) return { outcome: 'removed' };
  const receipt = read.value;
  const { key, etag } = receipt.source;
  const parsed = parseIncomingKey(key);
  if (parsed === null) return { outcome: 'misplaced' };

  const previous = await readJson(store, manifestKey(key), manifestEntrySchema, 'DOCUMENT_CORRUPT');
  if (previous !== null && (await isCurrent(store, previous.value, receipt))) return { outcome: 'unchanged' };
  const source = await store.stream(key, { ifMatch: etag });
  if (source === null) return { outcome: 'superseded' };
  const clips = await goodClips(source, receipt, receiptKey);

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
  if (!written.written) return { outcome: 'changed' };
  const now = await store.head(key);
  if (now?.etag === etag) return { outcome: 'sharded', entry };
  if (now !== null) return { outcome: 'changed' };
  await store.delete(manifestKey(key));
  // An upload of this moment has written its entry before it was deleted, and needs it again.
  return { outcome: (await store.head(key)) === null ? 'removed' : 'changed' };
}

/** Whether the entry is of this version and rules, and its shards are there. */
async function isCurrent(store: ObjectStore, entry: ManifestEntry, receipt: Receipt): Promise<boolean> {
  if (entry.source.etag !== receipt.source.etag || !sameRules(entry.rules, receipt.rules)) return false;
  const found = await Promise.all(shardsOfEntry(entry).map((shard) => store.head(shard.key)));
  return !found.includes(null);
}

async function goodClips(source: ObjectStream, receipt: Receipt, receiptKey: string): Promise<SortedClips> {
  const columns = new ClipColumns(receipt.rules);
  const rules = { ...receipt.rules, ...uploadLimits };
  await inspectClips(source.chunks, rules, receipt.source.key, columns);
  if (columns.clips !== receipt.clips) {
    throw new EarshotError('DOCUMENT_CORRUPT', {
      file: receiptKey,
      field: 'clips',
      expected: `${columns.clips} as in the source`,
      received: `${receipt.clips}`,
    });
  }
  return { columns, rows: rowsById(columns) };
}

/** The clips of a source in ascending order of their ids. */
interface SortedClips {
  readonly columns: ClipColumns;
  readonly rows: Uint32Array;
}

async function writeSplit(
  store: ObjectStore,
  parsed: IncomingKey,
  split: Split,
  { columns, rows }: SortedClips,
  receipt: Receipt,
) {
  const { rules } = receipt;
  const mine =
    parsed.split === 'all'
      ? rows.filter((row) => splitOfClip(columns.ids.text(row), rules.evalShare!) === split)
      : parsed.split === split
        ? rows
        : new Uint32Array(0);
  const references = [];
  const most = clipsPerShard(rules);
  for (let start = 0; start < mine.length; start += most) {
    const shard = shardOfRows(columns, mine.subarray(start, start + most));
    references.push(await writeSealedShard(store, parsed.dataset, split, shard));
  }
  return references;
}
