import { severityIn, type UploadPolicy, type UploadPolicyCode, uploadPolicyOf } from './anomaly-policy.ts';
import type { EmbeddingShape } from './clip-rows.ts';
import type { DatasetConfig } from './dataset-config.ts';

/** The part of a dataset's configuration that decides what becomes of an uploaded file. */
export interface UploadRules extends EmbeddingShape {
  readonly evalShare: number;
  /** In what was judged already: the codes that the file was found to have, no others. */
  readonly policy: UploadPolicy;
}

export function rulesOf({ width, maxFrames, dtype, evalShare, policy }: DatasetConfig): UploadRules {
  return { width, maxFrames, dtype, evalShare, policy: uploadPolicyOf(policy) };
}

/** Whether what was judged by some rules comes out the same by others. */
export function sameRules(judgedBy: UploadRules, rules: UploadRules): boolean {
  return (
    judgedBy.width === rules.width &&
    judgedBy.maxFrames === rules.maxFrames &&
    judgedBy.dtype === rules.dtype &&
    judgedBy.evalShare === rules.evalShare &&
    Object.entries(judgedBy.policy).every(
      ([code, severity]) => severityIn(rules.policy, code as UploadPolicyCode) === severity,
    )
  );
}
