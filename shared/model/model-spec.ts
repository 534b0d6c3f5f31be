import * as z from 'zod';
import { type HeadName, type ModelConfig, modelConfigSchema } from './model-config.ts';

/** What a model computes, apart from its weights. */
export const modelSpecSchema = z.strictObject({
  model: modelConfigSchema,
  /** Outputs: one probability a label of the dataset's label list. */
  labels: z.int().min(1).max(65_536),
  /** Values a frame. */
  width: z.int().min(1).max(8192),
  /** Frames a clip at most; shorter clips are masked. */
  maxFrames: z.int().min(1).max(1000),
  /**
   * `separate` while a model trains. A saved model is `folded`: batch norm and the standardisation of
   * the input have become part of the weights and biases of the dense layers, and nothing else is left.
   */
  normalisation: z.enum(['separate', 'folded']).default('separate'),
});

export type ModelSpec = z.infer<typeof modelSpecSchema>;

/** The choices of one head, or of several. */
export type ConfigOf<H extends HeadName> = Extract<ModelConfig, { head: H }>;

export type TimeMeanHead = 'linear' | 'mlp';
/** Those that make one vector of a clip's standardised frames before anything else. */
export type PoolingFirstHead = TimeMeanHead | 'attention-pooling-mlp';
/** Those that have the trunk, and look at each frame. */
export type FrameConfig = Exclude<ModelConfig, { head: PoolingFirstHead }>;

export function seesTimeMean(model: ModelConfig): model is ConfigOf<TimeMeanHead> {
  return model.head === 'linear' || model.head === 'mlp';
}

export function poolsFirst(model: ModelConfig): model is ConfigOf<PoolingFirstHead> {
  return seesTimeMean(model) || model.head === 'attention-pooling-mlp';
}
