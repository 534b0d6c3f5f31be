import type { EmbeddingShape } from './clip-rows.ts';
import type { DatasetConfig } from './dataset-config.ts';

/** The part of a dataset's configuration that decides what becomes of an uploaded file. */
export interface UploadRules extends EmbeddingShape {
  readonly evalShare: number;
}

export function rulesOf({ width, maxFrames, dtype, evalShare }: DatasetConfig): UploadRules {
  return { width, maxFrames, dtype, evalShare };
}

export function sameRules(a: UploadRules, b: UploadRules): boolean {
  return (
    a.width === b.width && a.maxFrames === b.maxFrames && a.dtype === b.dtype && a.evalShare === b.evalShare
  );
}
