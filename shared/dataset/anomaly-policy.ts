import * as z from 'zod';
import type { AnomalyCode } from '../errors/catalogue.ts';

/** `ignore` is a warning that nobody is told of. */
const severities = ['error', 'warning', 'ignore'] as const;
export type Severity = (typeof severities)[number];

interface PolicyRule {
  /** The first one is the default. */
  readonly allowed: readonly [Severity, ...Severity[]];
  /** What becomes of a clip, or a dataset, when it is no error. */
  readonly tolerated: string;
}

/** Findings in a file. An error puts the record into quarantine, a warning keeps it with a note in the receipt. */
export const uploadPolicyRules = {
  LABELS_EMPTY: { allowed: ['warning', 'error', 'ignore'], tolerated: 'the clip is a true negative' },
  LABEL_REPEATED: { allowed: ['warning', 'error', 'ignore'], tolerated: 'each label counts once' },
  TIMES_INVALID: { allowed: ['warning', 'error', 'ignore'], tolerated: 'the clip has no times' },
  LABEL_INVALID: { allowed: ['error', 'warning'], tolerated: 'the clip keeps its other labels' },
  FRAMES_OUT_OF_RANGE: {
    allowed: ['error', 'warning'],
    tolerated: 'the clip keeps its first maxFrames frames; one without frames is an error all the same',
  },
  FILE_EMPTY: { allowed: ['error', 'warning', 'ignore'], tolerated: 'the file adds no clip' },
} as const satisfies Partial<Record<AnomalyCode, PolicyRule>>;

/** Findings among all files. An error refuses every run until it is mended, a warning leaves the clip out. */
export const datasetPolicyRules = {
  DUPLICATE_CLIP: { allowed: ['warning', 'error'], tolerated: 'the clip of the first key is kept' },
  LEAKED_CLIP: { allowed: ['warning', 'error'], tolerated: 'the clip is kept in eval alone' },
  LABEL_UNKNOWN: { allowed: ['warning', 'error'], tolerated: 'the clip is left out' },
} as const satisfies Partial<Record<AnomalyCode, PolicyRule>>;

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

export type UploadPolicyCode = keyof typeof uploadPolicyRules;
export type DatasetPolicyCode = keyof typeof datasetPolicyRules;

/** How findings in a file are judged; a code that is absent has its default. */
export type UploadPolicy = Readonly<Partial<Record<UploadPolicyCode, Severity>>>;
export type DatasetPolicy = Readonly<Record<DatasetPolicyCode, Severity>>;
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

const isUploadCode = (code: AnomalyCode): code is UploadPolicyCode => Object.hasOwn(uploadPolicyRules, code);

/** The part of a policy that decides what becomes of one file. */
export function uploadPolicyOf(policy: AnomalyPolicy): UploadPolicy {
  return Object.fromEntries(
    Object.entries(policy).filter(([code]) => isUploadCode(code as AnomalyCode)),
  ) as UploadPolicy;
}

export function severityIn(policy: UploadPolicy, code: UploadPolicyCode): Severity {
  return policy[code] ?? uploadPolicyRules[code].allowed[0];
}

/**
 * Judges the findings of one file, and remembers what it was asked about: on the rest of the policy its receipt does not
 * depend, so that changing the rest leaves the receipt as it is.
 */
export class FindingsJudge {
  private readonly policy: UploadPolicy;
  private readonly asked = new Set<UploadPolicyCode>();

  constructor(policy: UploadPolicy = {}) {
    this.policy = policy;
  }

  severityOf(code: AnomalyCode): Severity {
    if (!isUploadCode(code)) return 'error';
    this.asked.add(code);
    return severityIn(this.policy, code);
  }

  /** The policy, of the codes that were met alone. */
  get applied(): UploadPolicy {
    return Object.fromEntries([...this.asked].sort().map((code) => [code, severityIn(this.policy, code)]));
  }
}
