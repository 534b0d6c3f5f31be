import * as z from 'zod';
import { mostMembers } from '../model/ensemble.ts';

/** How the learning rate goes on from step to step; what does not belong to the kind has no effect. */
export const scheduleSchema = z.strictObject({
  /** `cosine` falls to `finalShare` at the last step; `step` multiplies by `factor` every `everySteps`. */
  kind: z.enum(['constant', 'cosine', 'step']).default('constant'),
  /** The rate rises in a line over the first so many steps, whatever the kind. */
  warmupSteps: z.int().min(0).max(10_000_000).default(0),
  /** Share of the rate that is left at the end of a cosine. */
  finalShare: z.number().min(0).max(1).default(0),
  everySteps: z.int().min(1).max(10_000_000).default(1000),
  factor: z.number().gt(0).max(1).default(0.5),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** What is better of each metric of the validation split. */
const betterWay = { mAP: 'max', AUC: 'max', dPrime: 'max', loss: 'min' } as const;

/** Ends a run that no longer gets better; the model is the best one, however the run ends. */
const earlyStoppingSchema = z
  .strictObject({
    /** Of the averaged weights on the validation split; `loss` is the mean binary cross-entropy. */
    metric: z.enum(['mAP', 'AUC', 'dPrime', 'loss']),
    /** `max` when more of the metric is better, `min` when less is. */
    mode: z.enum(['max', 'min']),
    /** Evaluations without a gain after which the run ends. */
    patience: z.int().min(1).max(10_000).default(5),
    /** Less is no gain. */
    minDelta: z.number().min(0).default(0),
  })
  .refine(({ metric, mode }) => betterWay[metric] === mode, {
    message: 'max for mAP, AUC and dPrime, min for loss',
    path: ['mode'],
  });
export type EarlyStopping = z.infer<typeof earlyStoppingSchema>;

const mixupSchema = z.strictObject({
  /** Shares are drawn from Beta(alpha, alpha); 0 mixes nothing. */
  alpha: z.number().min(0).max(100),
  /** The frames, or what a model that pools them first has made of them. */
  on: z.enum(['input', 'pooled']).optional(),
});

/** What a run request may say about sampling, optimizer, regularisation and end; what is absent is off, or as the recipe has it. */
export const trainingOptionFields = {
  /** `balanced` draws each label equally often, and clips without one as if that were a label. */
  sampling: z.enum(['shuffled', 'balanced']).default('shuffled'),
  optimizer: z.enum(['adam', 'adamw']).optional(),
  /** Of adamw, decoupled from the gradient: share of the learning rate by which kernels shrink each step. */
  weightDecay: z.number().min(0).max(10).optional(),
  schedule: scheduleSchema.optional(),
  mixup: mixupSchema.optional(),
  /** Share of the targets that is replaced by the labels' frequencies. */
  labelSmoothing: z.number().min(0).lt(1).default(0),
  earlyStopping: earlyStoppingSchema.optional(),
  /**
   * The model is the mean of the probabilities at the last so many evaluations, each with its averaged weights: so many
   * networks in one. Not with `earlyStopping`, whose model is the best evaluation's.
   */
  averageCheckpoints: z.int().min(1).max(mostMembers).default(1),
  /**
   * Megabytes that the frames of the training clips may take up in memory. When they take more, they are streamed:
   * windows of a third of it are drawn from, one behind the other.
   */
  clipMegabytes: z.number().gt(0).max(1_000_000).default(8192),
  /** Hours of training, over all attempts, after which the run ends and publishes what it has. */
  maxHours: z.number().gt(0).max(10_000).optional(),
};
