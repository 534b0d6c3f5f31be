import * as z from 'zod';
import { uploadPolicySchema } from './anomaly-policy.ts';

/** Schemas of the JSON objects that the pipeline writes about a dataset. */

const shape = {
  width: z.int().min(1),
  maxFrames: z.int().min(1),
  dtype: z.enum(['uint8', 'float32']),
};

/** As `UploadRules` has them: the share where the upload is to `all`, the policy of the codes that were met. */
const evalShare = z.number().nullable();
const rules = z.object({ ...shape, evalShare, policy: uploadPolicySchema });

const source = z.object({
  key: z.string(),
  etag: z.string(),
  /** Bytes as stored. */
  size: z.int().min(0),
});

const anomalySchema = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  record: z.int().nullable(),
  offset: z.int().nullable(),
  field: z.string().nullable(),
  expected: z.string(),
  received: z.string(),
  remedy: z.string(),
});

/** `receipts/…json`: what validate found in one version of one source; depends on key, ETag and rules alone, and of the policy only on the codes that were met. */
export const receiptSchema = z.object({
  format: z.literal('earshot-receipt'),
  version: z.literal(1),
  source,
  /** The dataset's rules by which it was checked. */
  rules,
  compression: z.enum(['none', 'gzip', 'zlib']),
  /** Decompressed bytes. */
  bytes: z.int().min(0),
  records: z.int().min(0),
  clips: z.int().min(0),
  labels: z.int().min(0),
  /** Runs of good records as [first record, records, byte offset, bytes] in the decompressed file. */
  good: z.array(z.tuple([z.int(), z.int(), z.int(), z.int()])),
  quarantined: z.object({
    records: z.int().min(0),
    /** Null when nothing is. */
    key: z.string().nullable(),
    /** Of the quarantine file and of its reasons, in hexadecimal. */
    sha256: z.object({ file: z.string(), reasons: z.string() }).nullable(),
  }),
  /** Code → records that have it, or 1 for the file; exact, also where the list below is cut. */
  anomalyCounts: z.record(z.string(), z.int().min(1)),
  anomalies: z.array(anomalySchema),
  /** Anomalies not listed. */
  anomaliesOmitted: z.int().min(0),
});
export type Receipt = z.infer<typeof receiptSchema>;

const shardReference = z.object({
  key: z.string(),
  clips: z.int().min(1),
  labels: z.int().min(0),
  bytes: z.int().min(1),
});
export type ShardReference = z.infer<typeof shardReference>;

/** `manifest/…json`: the shards made from one version of one source. */
export const manifestEntrySchema = z.object({
  format: z.literal('earshot-manifest-entry'),
  version: z.literal(1),
  source,
  rules,
  clips: z.int().min(0),
  quarantined: z.int().min(0),
  anomalyCounts: z.record(z.string(), z.int().min(1)),
  shards: z.object({ train: z.array(shardReference), eval: z.array(shardReference) }),
});
export type ManifestEntry = z.infer<typeof manifestEntrySchema>;

export const shardsOfEntry = ({ shards }: ManifestEntry): ShardReference[] => [
  ...shards.train,
  ...shards.eval,
];

const splitSchema = z.object({
  clips: z.int().min(0),
  labels: z.int().min(0),
  shards: z.array(shardReference),
});

/** `snapshots/<dataset>/<hash>.json`: the only thing that training reads. */
export const snapshotSchema = z.object({
  format: z.literal('earshot-snapshot'),
  version: z.literal(1),
  dataset: z.string(),
  shape: z.object(shape),
  /** By which its clips were chosen: the share where an upload is to `all`, the policy of the codes that were met. */
  rules: z.object({ evalShare, policy: uploadPolicySchema }),
  labels: z.array(z.object({ index: z.int(), mid: z.string(), displayName: z.string() })),
  splits: z.object({ train: splitSchema, eval: splitSchema }),
  /** Uploaded files, those with quarantined records, and quarantined records. */
  sources: z.object({
    files: z.int(),
    quarantinedFiles: z.int(),
    quarantinedRecords: z.int(),
  }),
  /** Code → records, files, or clips left out; exact. */
  anomalyCounts: z.record(z.string(), z.int().min(1)),
  /** Good clips that were left out, with the reason and the file they stand in: the first ones of each code. */
  excluded: z.array(
    z.object({
      code: z.enum(['DUPLICATE_CLIP', 'LEAKED_CLIP', 'LABEL_UNKNOWN']),
      clip: z.string(),
      split: z.enum(['train', 'eval']),
      file: z.string(),
      received: z.string(),
    }),
  ),
});
export type Snapshot = z.infer<typeof snapshotSchema>;
