import * as z from 'zod';
import type { AnomalyCode } from '../errors/catalogue.ts';
import {
  type DatasetPolicy,
  datasetPolicyRules,
  isUploadCode,
  type PolicyRule,
  type Severity,
  severities,
  type UploadPolicy,
  type UploadPolicyCode,
  uploadPolicyRules,
} from './anomaly-rules.ts';

/** Records that cannot be read, or that are no clip of the dataset: errors, whatever the user would like. */
export const fixedCodes = [
  'TFRECORD_LENGTH_CRC_MISMATCH',
  'TFRECORD_DATA_CRC_MISMATCH',
  'TFRECORD_TRUNCATED',
  'TFRECORD_RECORD_TOO_LARGE',
  'COMPRESSION_DAMAGED',
  'FILE_TOO_LARGE',
  'EXAMPLE_MALFORMED',
  'FEATURE_MISSING',
  'FEATURE_WRONG_KIND',
  'EMBEDDING_WRONG_WIDTH',
  'EMBEDDING_NOT_FINITE',
  'CLIP_ID_INVALID',
  'DUPLICATE_CLIP_IN_FILE',
  'INCOMING_KEY_INVALID',
] as const satisfies readonly AnomalyCode[];

type FixedPolicy = Readonly<Record<(typeof fixedCodes)[number], 'error'>>;

/** `policy` in `datasets/<dataset>.json`. */
export type AnomalyPolicy = Readonly<Record<UploadPolicyCode, Severity>> & DatasetPolicy & FixedPolicy;

const choice = (allowed: readonly [Severity, ...Severity[]]) => z.enum(allowed).default(allowed[0]);

/** Every code that an upload or a dataset can be found to have; what is absent has its default. */
export const anomalyPolicySchema = z.strictObject({
  ...mapped(uploadPolicyRules),
  ...mapped(datasetPolicyRules),
  ...Object.fromEntries(fixedCodes.map((code) => [code, choice(['error'])])),
}) as unknown as z.ZodType<AnomalyPolicy, Partial<AnomalyPolicy>>;

function mapped(rules: Readonly<Record<string, PolicyRule>>) {
  return Object.fromEntries(Object.entries(rules).map(([code, { allowed }]) => [code, choice(allowed)]));
}

/** The codes that a receipt was judged by. */
export const uploadPolicySchema = z.partialRecord(
  z.enum(Object.keys(uploadPolicyRules) as [UploadPolicyCode, ...UploadPolicyCode[]]),
  z.enum(severities),
);

/** The part of a policy that decides what becomes of one file. */
export function uploadPolicyOf(policy: AnomalyPolicy): UploadPolicy {
  return Object.fromEntries(
    Object.entries(policy).filter(([code]) => isUploadCode(code as AnomalyCode)),
  ) as UploadPolicy;
}
