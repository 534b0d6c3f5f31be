import * as z from 'zod';

/** Percentile interval of a paired bootstrap over the eval clips; null where no replicate has a value. */
const intervalSchema = z.object({ low: z.number(), high: z.number() }).nullable();

/** Macro metrics of one model on the eval clips. */
export const modelMetricsSchema = z.object({
  mAP: z.number(),
  AUC: z.number(),
  /** √2 Φ⁻¹(mean AUC). */
  dPrime: z.number(),
  /** Mean of the classes' d-primes: another, higher number. */
  meanClassDPrime: z.number(),
  /** Label-weighted label-ranking average precision. */
  lwlrap: z.number().nullable(),
  intervals: z.object({ mAP: intervalSchema, AUC: intervalSchema, dPrime: intervalSchema }),
});
export type ModelMetrics = z.infer<typeof modelMetricsSchema>;

/** Another model on the same clips, and what the new one has more of. */
const comparedSchema = modelMetricsSchema.extend({
  /** mAP of the new model less that of this one, with its paired interval. */
  difference: z.object({ mAP: z.number(), interval: intervalSchema }),
});
export type Compared = z.infer<typeof comparedSchema>;

const operatingPointSchema = z
  .object({ threshold: z.number(), precision: z.number(), recall: z.number(), F1: z.number() })
  .nullable();

const crossFittedSchema = z.object({ precision: z.number().nullable(), recall: z.number(), F1: z.number() });

const classSchema = z.object({
  label: z.int(),
  mid: z.string(),
  displayName: z.string(),
  /** Clips that have the label. */
  train: z.int(),
  eval: z.int(),
  /** Null where undefined: no eval clip has the label, or every one. */
  AP: z.number().nullable(),
  AUC: z.number().nullable(),
  dPrime: z.number().nullable(),
  intervals: z.object({ AP: intervalSchema, AUC: intervalSchema, dPrime: intervalSchema }),
  baselineAP: z.number().nullable(),
  servedAP: z.number().nullable(),
  /** The threshold with the best F1, and the lowest that has the precision asked for; chosen on the eval clips. */
  bestF1: operatingPointSchema,
  atPrecision: operatingPointSchema,
  /**
   * What thresholds so chosen give on clips that they were not chosen on: each half of the eval clips by those of the
   * other half. Null unless both have positives.
   */
  crossFitted: z.object({ bestF1: crossFittedSchema, atPrecision: crossFittedSchema }).nullable(),
});
export type ReportedClass = z.infer<typeof classSchema>;

/** Scores of training clips by models that were not trained on them: metrics, thresholds, learning curve. */
export const crossValidatedSchema = z.object({
  folds: z.int(),
  clips: z.int(),
  mAP: z.number(),
  AUC: z.number(),
  interval: intervalSchema,
  /** Trained on shares of the clips; `clips` is how many that were, on average. */
  curve: z.array(
    z.object({
      share: z.number(),
      clips: z.int(),
      mAP: z.number(),
      AUC: z.number(),
      interval: intervalSchema,
    }),
  ),
  /** What the last doubling of the clips brought, with its paired interval; null where half of them was not tried. */
  doubling: z.object({ mAP: z.number(), interval: intervalSchema }).nullable(),
  /** Precision asked for in `atPrecision`. */
  precision: z.number(),
  /** Thresholds chosen on the scores out of fold; `clips` have the label. */
  classes: z.array(
    classSchema
      .pick({
        label: true,
        mid: true,
        displayName: true,
        AP: true,
        bestF1: true,
        atPrecision: true,
        crossFitted: true,
      })
      .extend({ clips: z.int() }),
  ),
});
export type CrossValidated = z.infer<typeof crossValidatedSchema>;

/** What the report says of the model beyond the figures that every run has had. */
export const assessmentSchema = z.object({
  model: modelMetricsSchema,
  /** Logistic regression on the time mean. */
  baseline: comparedSchema.extend({ steps: z.int(), decay: z.number() }),
  served: comparedSchema.extend({ version: z.string() }).nullable(),
  bootstrap: z.object({ replicates: z.int(), confidence: z.number(), seed: z.int() }),
  /** Precision asked for in `atPrecision`. */
  precision: z.number(),
  classes: z.array(classSchema),
  calibration: z.object({
    ECE: z.number(),
    brier: z.number(),
    bins: z.array(
      z.object({
        low: z.number(),
        high: z.number(),
        count: z.int(),
        predicted: z.number().nullable(),
        observed: z.number().nullable(),
      }),
    ),
  }),
});
export type Assessment = z.infer<typeof assessmentSchema>;

export const curvesSchema = z.object({
  /** Mean training loss of stretches of steps, by the last step of each; the whole run, at most 500 stretches. */
  loss: z.array(z.object({ step: z.int(), loss: z.number() })),
  /** Metrics of the averaged weights on the validation clips. */
  validation: z.array(z.object({ step: z.int(), mAP: z.number(), AUC: z.number(), dPrime: z.number() })),
});
export type Curves = z.infer<typeof curvesSchema>;

/** On what, from what and by what the model was made. */
export const provenanceSchema = z.object({
  request: z.unknown(),
  settings: z.record(z.string(), z.unknown()),
  spec: z.record(z.string(), z.unknown()),
  environment: z.object({
    engine: z.string(),
    nativeUnavailable: z.string().nullable(),
    node: z.string(),
    platform: z.string(),
    processor: z.string(),
    processors: z.int(),
    memoryBytes: z.number(),
  }),
  lineage: z.object({
    dataset: z.string(),
    snapshot: z.string(),
    /** Of what ran: version and SHA-256 of the bundle; null when it was not run from one. */
    code: z.string().nullable(),
    seed: z.int(),
    attempt: z.int(),
  }),
});
export type Provenance = z.infer<typeof provenanceSchema>;
