import { defaultDatasetConfig } from '../dataset/dataset-config.ts';
import { readDatasetConfig } from '../dataset/dataset-settings.ts';
import { type Receipt, receiptSchema } from '../dataset/documents.ts';
import {
  manifestKey,
  parseIncomingKey,
  prefixes,
  quarantineKey,
  quarantineReasonsKey,
  receiptKey,
} from '../dataset/keys.ts';
import { rulesOf, sameRules, type UploadRules } from '../dataset/upload-rules.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectInfo, ObjectStore, ObjectStream } from '../storage/object-store.ts';
import { anomaly } from './anomaly.ts';
import { inspectClips } from './inspect-clips.ts';
import { uploadLimits } from './limits.ts';
import { ReceiptBuilder } from './receipt-builder.ts';

export type ValidateOutcome =
  | { readonly outcome: 'validated'; readonly receipt: Receipt }
  | { readonly outcome: 'unchanged' | 'removed' | 'ignored' };

/** A source overwritten again and again while it is read gives up after this many versions. */
const maxVersions = 5;

/**
 * Makes the receipt (and quarantine) of an upload agree with the object as it is now. Safe to repeat and to run
 * twice at once: what it writes depends only on the key, the ETag and the dataset's rules.
 * @throws DATASET_CONFIG_INVALID, or what the store throws
 */
export async function validateUpload(store: ObjectStore, key: string): Promise<ValidateOutcome> {
  if (!key.startsWith(prefixes.incoming) || key.endsWith('/')) return { outcome: 'ignored' };
  const parsed = parseIncomingKey(key);
  let quarantinedFor: Receipt | null = null;
  let seen: SeenSource | null = null;
  for (let version = 0; version < maxVersions; version++) {
    // Most uploads are new, which the condition on the write tells for no request.
    const isTakenForNew = version === 0;
    const previous = isTakenForNew
      ? null
      : await readJson(store, receiptKey(key), receiptSchema, 'DOCUMENT_CORRUPT');
    const rules = parsed ? rulesOf(await readDatasetConfig(store, parsed.dataset)) : nominalRules;
    // When a receipt of another version won, what was just put into quarantine may lie over that version's.
    const isQuarantineTheirs =
      previous === null || quarantinedFor === null || sameVersion(previous.value, quarantinedFor);
    const now = isTakenForNew ? null : await store.head(key);
    if (previous !== null && isQuarantineTheirs) {
      const sameSource = now?.etag === previous.value.source.etag;
      if (sameSource && sameRules(previous.value.rules, rules)) return { outcome: 'unchanged' };
    }
    if (seen === null || now?.etag !== seen.info.etag || !sameRules(seen.rules, rules)) {
      seen = await inspectSource(store, key, parsed !== null, rules);
    }
    if (seen === null) {
      await removeMirrors(store, key);
      // An upload of this moment has written its mirrors before they were removed, and needs them again.
      if ((await store.head(key)) === null) return { outcome: 'removed' };
      continue;
    }
    // Quarantine is not under the condition, so whoever has something for it must know what is there.
    if (isTakenForNew && seen.builder.hasBad) continue;
    const receipt = receiptOf(seen, key);
    const hasQuarantine = quarantinedFor !== null || previous?.value.quarantined.key != null;
    if (await writeQuarantine(store, key, seen, hasQuarantine)) quarantinedFor = receipt;
    const condition = previous === null ? { ifAbsent: true } : { ifMatch: previous.etag };
    const written = await writeJson(store, receiptKey(key), receipt, condition);
    if (!written.written) continue;
    const after = await store.head(key);
    if (after?.etag === seen.info.etag) return { outcome: 'validated', receipt };
  }
  throw new EarshotError('CONDITIONAL_WRITE_LOST', {
    file: key,
    expected: 'a source that stays the same while it is read',
    received: `${maxVersions} versions in a row`,
  });
}

const sameVersion = (a: Receipt, b: Receipt) =>
  a.source.etag === b.source.etag && sameRules(a.rules, b.rules);

/** Removes what mirrors a source that is gone; its shards stay until the sweep reclaims them. */
async function removeMirrors(store: ObjectStore, key: string): Promise<void> {
  await Promise.all(
    [manifestKey(key), receiptKey(key), quarantineKey(key), quarantineReasonsKey(key)].map((mirror) =>
      store.delete(mirror),
    ),
  );
}

/** What was found in a source, and by which rules. */
interface SeenSource extends Inspected {
  readonly info: ObjectInfo;
  readonly rules: UploadRules;
}

interface Inspected {
  readonly builder: ReceiptBuilder;
  readonly compression: Receipt['compression'];
  readonly bytes: number;
}

/** Stands in the receipt of a misplaced object, which no rule was applied to. */
const nominalRules: UploadRules = rulesOf(defaultDatasetConfig);

/** Null when there is no such source. */
async function inspectSource(
  store: ObjectStore,
  key: string,
  isPlaced: boolean,
  rules: UploadRules,
): Promise<SeenSource | null> {
  const source = await store.stream(key);
  if (source === null) return null;
  const inspected = isPlaced ? await inspect(source, key, rules) : misplaced(key);
  return { ...inspected, info: source.info, rules };
}

async function inspect(source: ObjectStream, key: string, rules: UploadRules): Promise<Inspected> {
  const builder = new ReceiptBuilder();
  const { compression, bytes, records, anomalies } = await inspectClips(
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
  return { builder, compression, bytes };
}

function misplaced(key: string): Inspected {
  const builder = new ReceiptBuilder();
  const where = { severity: 'error', file: key, record: null, offset: null, field: 'key' } as const;
  const expected = 'incoming/<dataset>/<train|eval|all>/<file>.tfrecord[.gz]';
  builder.note([anomaly('INCOMING_KEY_INVALID', { ...where, expected, received: key })]);
  return { builder, compression: 'none', bytes: 0 };
}

function receiptOf({ info, rules, builder, compression, bytes }: SeenSource, key: string): Receipt {
  const quarantined = builder.badRecords;
  return {
    format: 'earshot-receipt',
    version: 1,
    source: { key, etag: info.etag, size: info.size },
    rules,
    compression,
    bytes,
    records: builder.records,
    clips: builder.clips,
    labels: builder.labels,
    good: builder.good,
    quarantined: { records: quarantined, key: quarantined > 0 ? quarantineKey(key) : null },
    anomalyCounts: builder.counts,
    anomalies: builder.listed,
    anomaliesOmitted: builder.omitted,
  };
}

/** Makes the quarantine hold this version's bad records. True when there are any. */
async function writeQuarantine(
  store: ObjectStore,
  key: string,
  { builder }: Inspected,
  hasQuarantine: boolean,
): Promise<boolean> {
  const content = builder.quarantine();
  if (content !== null) {
    await store.put(quarantineKey(key), content.file);
    await writeJson(store, quarantineReasonsKey(key), { source: key, ...content.reasons });
  } else if (hasQuarantine) {
    await Promise.all([store.delete(quarantineKey(key)), store.delete(quarantineReasonsKey(key))]);
  }
  return content !== null;
}
