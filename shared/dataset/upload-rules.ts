import { uploadPolicyOf } from './anomaly-policy.ts';
import { severityIn, type UploadPolicy, type UploadPolicyCode } from './anomaly-rules.ts';
import type { EmbeddingShape } from './clip-rows.ts';
import type { DatasetConfig } from './dataset-config.ts';
import type { UploadSplit } from './keys.ts';

/** The part of a dataset's configuration that decides what becomes of an uploaded file. */
export interface UploadRules extends EmbeddingShape {
  /** Null for an upload to train or eval, for which it does not matter. */
  readonly evalShare: number | null;
  /** In what was judged already: the codes that the file was found to have, no others. */
  readonly policy: UploadPolicy;
}

/** Of an upload to this split. */
export function rulesOf(config: DatasetConfig, split: UploadSplit): UploadRules {
  const { width, maxFrames, dtype, evalShare, policy } = config;
  return {
    width,
    maxFrames,
    dtype,
    evalShare: split === 'all' ? evalShare : null,
    policy: uploadPolicyOf(policy),
  };
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
