import * as z from 'zod';

const units = z.int().min(1).max(8192);
const dropout = z.number().min(0).lt(1).default(0.5);

/**
 * Three times (dense → batch norm → ReLU → dropout) on each frame, before every head of the reference.
 * Semantics of qiuqiangkong/audioset_classification in its Keras form; options of its other forms.
 */
const trunk = {
  /** Units of each of the three layers. The reference has 1024, Yu et al. 600. */
  hidden: units.default(512),
  /** Share of hidden units dropped in a training step. */
  dropout,
  /** Batch norm on the embeddings, as the PyTorch code and Yu et al. have it; the Keras code has none. */
  inputNorm: z.boolean().default(false),
};

/** Attention of a frame: softmax over the labels (Keras, Yu et al.), or a sigmoid each (PyTorch). */
const attention = z.enum(['softmax', 'sigmoid']);

/** Batch norm on the logits of classification, attention and output, as in Yu et al.'s own code. */
const logitNorm = z.boolean().default(false);

/** Logistic regression on the standardised time mean. */
const linear = z.strictObject({ head: z.literal('linear') });

/** Standardised time mean → (dense → batch norm → ReLU → dropout) for each hidden size → dense. */
const mlp = z.strictObject({
  head: z.literal('mlp'),
  hidden: z.array(units).min(1).max(8).default([1024, 1024]),
  dropout,
});

/**
 * Attention pooling by several heads on the frames, standardised by their own deviation, then a multilayer perceptron.
 * Each head has a linear score of a frame, and of its softmax over time the weights of a mean of the frames; the heads'
 * means are joined → (dense → batch norm → ReLU → dropout) for each hidden size → dense. The pooling is that of
 * self-attentive sentence embeddings with one layer of scores (Lin et al., ICLR 2017).
 */
const attentionPoolingMlp = z.strictObject({
  head: z.literal('attention-pooling-mlp'),
  /** Weighted means of a clip that are joined. */
  heads: z.int().min(1).max(256).default(16),
  hidden: z.array(units).min(1).max(8).default([2048, 2048]),
  dropout,
});

/** y = maxₜ σ(zₜ) */
const maxPooling = z.strictObject({ head: z.literal('max-pooling'), ...trunk });

/** y = meanₜ σ(zₜ) */
const averagePooling = z.strictObject({ head: z.literal('average-pooling'), ...trunk });

/** y = Σₜ αₜ σ(zₜ), with α the frame's attention, normalised over time for each label. */
const singleAttention = z.strictObject({
  head: z.literal('single-attention'),
  ...trunk,
  attention: attention.default('softmax'),
  logitNorm,
});

/**
 * Decision-level multi-level attention (Yu et al., EUSIPCO 2018): a single attention each on the second
 * and the third layer of the trunk, their outputs joined in this order, dense. `shared`, the PyTorch
 * code's: one block serves both layers (that code joins them in the other order, which permutes the
 * rows of the last kernel).
 */
const multiAttention = z
  .strictObject({
    head: z.literal('multi-attention'),
    ...trunk,
    attention: attention.default('softmax'),
    blocks: z.enum(['separate', 'shared']).default('separate'),
    logitNorm,
  })
  .refine(({ blocks, logitNorm: norm }) => blocks === 'separate' || !norm, {
    message: 'false with shared blocks: one batch norm cannot hold the statistics of two layers',
    path: ['logitNorm'],
  });

/** The same attention over `hidden` features instead of labels → batch norm → ReLU → dropout → dense. */
const featureAttention = z.strictObject({
  head: z.literal('feature-attention'),
  ...trunk,
  attention: attention.default('sigmoid'),
});

const heads = [
  linear,
  mlp,
  attentionPoolingMlp,
  maxPooling,
  averagePooling,
  singleAttention,
  multiAttention,
  featureAttention,
] as const;

export const headNames = heads.map(({ shape }) => shape.head.value);

/** What a user chooses of a model; the data gives the rest. The one place where this is described. */
export const modelConfigSchema = z.discriminatedUnion('head', heads, {
  error: ({ code }) => (code === 'invalid_union' ? `one of ${headNames.join(', ')}` : undefined),
});

export type ModelConfig = z.infer<typeof modelConfigSchema>;
export type HeadName = ModelConfig['head'];
