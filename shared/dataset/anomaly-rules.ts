import type { AnomalyCode } from '../errors/catalogue.ts';

/** `ignore` is a warning that nobody is told of. */
export const severities = ['error', 'warning', 'ignore'] as const;
export type Severity = (typeof severities)[number];

export interface PolicyRule {
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

export type UploadPolicyCode = keyof typeof uploadPolicyRules;
export type DatasetPolicyCode = keyof typeof datasetPolicyRules;

/** How findings in a file are judged; a code that is absent has its default. */
export type UploadPolicy = Readonly<Partial<Record<UploadPolicyCode, Severity>>>;
export type DatasetPolicy = Readonly<Record<DatasetPolicyCode, Severity>>;
export const isUploadCode = (code: AnomalyCode): code is UploadPolicyCode =>
  Object.hasOwn(uploadPolicyRules, code);

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
