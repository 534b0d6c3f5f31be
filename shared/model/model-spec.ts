import * as z from 'zod';

const common = {
  /** Outputs: one probability a label of the dataset's label list. */
  labels: z.int().min(1).max(65_536),
  /** Values a frame. */
  width: z.int().min(1).max(8192),
  /** Frames a clip at most; shorter clips are masked. */
  maxFrames: z.int().min(1).max(1000),
  /** Share of hidden units dropped in a training step. */
  dropout: z.number().min(0).lt(1).default(0.5),
  /**
   * `separate` while a model trains. A saved model is `folded`: batch norm and the standardisation of
   * the input have become part of the weights and biases of the dense layers, and nothing else is left.
   */
  normalisation: z.enum(['separate', 'folded']).default('separate'),
};

/**
 * Masked time mean → standardise → (dense → batch norm → ReLU → dropout) for each hidden size → dense.
 * With `hidden: []` it is logistic regression on the time mean.
 */
const mlpSpecSchema = z.strictObject({
  kind: z.literal('mlp'),
  hidden: z.array(z.int().min(1).max(8192)).max(8).default([1024, 1024]),
  ...common,
});

/**
 * Decision-level multi-attention (Yu et al., EUSIPCO 2018) as the Keras code of
 * qiuqiangkong/audioset_classification has it: three frame-wise (dense → batch norm → ReLU → dropout),
 * a single attention each on the second and third, their outputs joined, dense.
 */
const multiAttentionSpecSchema = z.strictObject({
  kind: z.literal('multi-attention'),
  hidden: z.int().min(1).max(8192).default(512),
  ...common,
});

/** What a model computes, apart from its weights. */
export const modelSpecSchema = z.discriminatedUnion('kind', [mlpSpecSchema, multiAttentionSpecSchema]);

export type ModelSpec = z.infer<typeof modelSpecSchema>;
export type MlpSpec = z.infer<typeof mlpSpecSchema>;
export type MultiAttentionSpec = z.infer<typeof multiAttentionSpecSchema>;
