import * as z from 'zod';
import { anomalyPolicySchema } from './anomaly-policy.ts';

/** What `datasets/<dataset>.json` may say; every property has a default, so the object may be absent. */
export const datasetConfigSchema = z.strictObject({
  /** Values a frame. */
  width: z.int().min(1).max(8192).default(128),
  /** Frames a clip at most. */
  maxFrames: z.int().min(1).max(1000).default(10),
  dtype: z.enum(['uint8', 'float32']).default('uint8'),
  /** Share of `all` that goes to eval, by a stable hash of the clip id. */
  evalShare: z.number().gt(0).lt(1).default(0.2),
  /** Start a run by itself when uploads have been quiet and there is enough new. */
  autoTrain: z
    .strictObject({
      quietMinutes: z.number().min(0).default(5),
      minNewClips: z.int().min(1).default(1),
    })
    .optional(),
  /** What of the anomalies is an error, and what is tolerated; see docs/ingest-policy.md. */
  policy: anomalyPolicySchema.prefault({}),
});

export type DatasetConfig = z.infer<typeof datasetConfigSchema>;

/** AudioSet's format: 10 frames of 128 uint8 values. */
export const defaultDatasetConfig: DatasetConfig = datasetConfigSchema.parse({});
