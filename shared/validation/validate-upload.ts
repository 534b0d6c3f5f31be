import { isDeepStrictEqual } from 'node:util';
import type { UploadPolicy } from '../dataset/anomaly-rules.ts';
import { defaultDatasetConfig } from '../dataset/dataset-config.ts';
import { readDatasetConfig } from '../dataset/dataset-settings.ts';
import { type Receipt, receiptSchema } from '../dataset/documents.ts';
import { type IncomingKey, manifestKey, parseIncomingKey, prefixes, receiptKey } from '../dataset/keys.ts';
import { rulesOf, sameRules, type UploadRules } from '../dataset/upload-rules.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { type JsonObject, readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectInfo, ObjectStore, ObjectStream } from '../storage/object-store.ts';
import { anomaly } from './anomaly.ts';
import { inspectClips } from './inspect-clips.ts';
import { uploadLimits } from './limits.ts';
import {
  type EncodedQuarantine,
  encodeQuarantine,
  holdsQuarantine,
  removeQuarantine,
  writeQuarantine,
} from './quarantine.ts';
import { ReceiptBuilder } from './receipt-builder.ts';

export type ValidateOutcome =
  | { readonly outcome: 'validated'; readonly receipt: Receipt }
  | { readonly outcome: 'unchanged' | 'removed' | 'ignored' };

/** A source overwritten again and again while it is read gives up after this many versions. */
const maxVersions = 5;

/**
 * Makes the receipt (and quarantine) of an upload agree with the object as it is now. Safe to repeat and to run
 * twice at once: what it writes depends only on the key, the ETag and the dataset's rules. The receipt comes first, and
 * names the quarantine: so whatever one that was killed left behind, the next puts right.
 * @param suspicion whether there may be a quarantine that no receipt names
 * @throws DATASET_CONFIG_INVALID, DOCUMENT_CORRUPT, or what the store throws
 */
export async function validateUpload(
  store: ObjectStore,
  key: string,
  suspicion: { readonly mayHaveStray: boolean } = { mayHaveStray: false },
): Promise<ValidateOutcome> {
  if (!key.startsWith(prefixes.incoming) || key.endsWith('/')) return { outcome: 'ignored' };
  const parsed = parseIncomingKey(key);
  // What was just put into quarantine may lie over that of another version, whose receipt came after ours.
  let { mayHaveStray } = suspicion;
  // Most uploads are new: the condition on the receipt tells so, and costs no request.
  let isTakenForNew = parsed !== null && !mayHaveStray;
  let seen: Seen | null = null;
  for (let version = 0; version < maxVersions; version++) {
    const known = await readKnown(store, key, parsed, isTakenForNew);
    isTakenForNew = false;
    const looked: Seen | null | 'judged' =
      known && (await lookUnlessJudged(store, key, known, mayHaveStray, seen));
    if (looked === 'judged') return { outcome: 'unchanged' };
    if (known === null || looked === null) {
      await removeMirrors(store, key);
      // An upload of this moment has written its mirrors before they were removed, and needs them again.
      if ((await store.head(key)) === null) return { outcome: 'removed' };
      continue;
    }
    seen = looked;
    const { previous } = known;
    const quarantine = encodeQuarantine(key, seen.builder.quarantine());
    const hasOld = mayHaveStray || previous?.value.quarantined.key != null;
    if (quarantine === null && hasOld) await removeQuarantine(store, key);
    const receipt = receiptOf(seen, quarantine);
    const condition = previous === null ? { ifAbsent: true } : { ifMatch: previous.etag };
    const written = await writeJson(store, receiptKey(key), receipt, condition);
    if (!written.written) continue;
    if (quarantine !== null) {
      await writeQuarantine(store, key, quarantine);
      mayHaveStray = (await store.head(receiptKey(key)))?.etag !== written.etag;
      if (mayHaveStray) continue;
    }
    const after = await store.head(key);
    if (after?.etag === seen.info.etag) return { outcome: 'validated', receipt };
  }
  throw new EarshotError('CONDITIONAL_WRITE_LOST', {
    file: key,
    expected: 'a source that stays the same while it is read',
    received: `${maxVersions} versions in a row`,
  });
}

/** What the bucket says of an upload besides its bytes. */
interface Known {
  readonly previous: JsonObject<Receipt> | null;
  readonly rules: UploadRules;
}

/** Null when the upload is gone: its mirrors must go too, even where the rules cannot be read. */
async function readKnown(
  store: ObjectStore,
  key: string,
  parsed: IncomingKey | null,
  isTakenForNew: boolean,
): Promise<Known | null> {
  try {
    const previous = isTakenForNew
      ? null
      : await readJson(store, receiptKey(key), receiptSchema, 'DOCUMENT_CORRUPT');
    return {
      previous,
      rules: parsed ? rulesOf(await readDatasetConfig(store, parsed.dataset), parsed.split) : nominalRules,
    };
  } catch (error) {
    if (error instanceof EarshotError && (await store.head(key)) === null) return null;
    throw error;
  }
}

/** What is in the source as it is now, of the look before if that still holds; null when it is gone. */
async function lookUnlessJudged(
  store: ObjectStore,
  key: string,
  { previous, rules }: Known,
  mayHaveStray: boolean,
  seen: Seen | null,
): Promise<Seen | null | 'judged'> {
  const now = previous === null ? null : await store.head(key);
  if (previous !== null && sameRules(previous.value.rules, rules)) {
    const { source, quarantined } = previous.value;
    const isClean = () => (quarantined.key === null ? !mayHaveStray : holdsQuarantine(store, previous.value));
    if (now?.etag === source.etag && (await isClean())) return 'judged';
  }
  if (seen !== null && now?.etag === seen.info.etag && isDeepStrictEqual(seen.rules, rules)) return seen;
  if (parseIncomingKey(key) === null) {
    const info = now ?? (await store.head(key));
    return info === null ? null : { ...misplaced(key), info, rules };
  }
  const source = await store.stream(key);
  return source === null ? null : { ...(await inspect(source, key, rules)), info: source.info, rules };
}

/**
 * Removes what mirrors a source that is gone; its shards stay until the sweep reclaims them. Receipt and entry last: by
 * them the sweep finds what one that was killed left.
 */
async function removeMirrors(store: ObjectStore, key: string): Promise<void> {
  await removeQuarantine(store, key);
  await Promise.all([store.delete(manifestKey(key)), store.delete(receiptKey(key))]);
}

/** What was found in a version of a source, and by which rules. */
interface Seen extends Inspected {
  readonly info: ObjectInfo;
  readonly rules: UploadRules;
}

interface Inspected {
  readonly builder: ReceiptBuilder;
  readonly compression: Receipt['compression'];
  readonly bytes: number;
  readonly policy: UploadPolicy;
}

/** Stands in the receipt of a misplaced object, which no rule was applied to. */
const nominalRules: UploadRules = rulesOf(defaultDatasetConfig, 'train');

async function inspect(source: ObjectStream, key: string, rules: UploadRules): Promise<Inspected> {
  const builder = new ReceiptBuilder();
  const { compression, bytes, records, anomalies, policy } = await inspectClips(
    source.chunks,
    { ...rules, ...uploadLimits },
    key,
    {
      clip: (view, warnings, record, offset, length) => {
        builder.addClip(record, offset, length, view.labelCount, warnings);
      },
      bad: (payload, errors) => builder.addBad(payload, errors),
    },
  );
  builder.note(anomalies);
  builder.records = records;
  return { builder, compression, bytes, policy };
}

function misplaced(key: string): Inspected {
  const builder = new ReceiptBuilder();
  const where = { severity: 'error', file: key, record: null, offset: null, field: 'key' } as const;
  const expected = 'incoming/<dataset>/<train|eval|all>/<file>.tfrecord[.gz]';
  builder.note([anomaly('INCOMING_KEY_INVALID', { ...where, expected, received: key })]);
  return { builder, compression: 'none', bytes: 0, policy: {} };
}

function receiptOf(
  { info, rules, builder, compression, bytes, policy }: Seen,
  quarantine: EncodedQuarantine | null,
): Receipt {
  const { key, etag, size } = info;
  return {
    format: 'earshot-receipt',
    version: 1,
    source: { key, etag, size },
    rules: { ...rules, policy },
    compression,
    bytes,
    records: builder.records,
    clips: builder.clips,
    labels: builder.labels,
    good: builder.good,
    quarantined: { records: builder.badRecords, ...(quarantine?.named ?? { key: null, md5: null }) },
    anomalyCounts: builder.counts,
    anomalies: builder.listed,
    anomaliesOmitted: builder.omitted,
  };
}
