import * as z from 'zod';
import type { EarshotError } from '../errors/earshot-error.ts';
import { mostNetworks } from '../model/ensemble.ts';
import { modelSpecSchema } from '../model/model-spec.ts';
import { precisions } from '../model/stored-weights.ts';
import {
  assessmentSchema,
  crossValidatedSchema,
  curvesSchema,
  provenanceSchema,
} from '../run-report/schema.ts';
import { choices } from '../training/chosen-networks.ts';
import { memberSettings, membersSchema } from '../training/member-settings.ts';
import { type TrainingSettings, trainingSettingsSchema } from '../training/settings.ts';

/** Precision that thresholds are to have, unless the request says another. */
export const defaultReportPrecision = 0.9;

/** `runs/<run>/request.json`: what the user (or the sweep) asks for. */
export const runRequestSchema = z
  .strictObject({
    dataset: z.string().min(1),
    /** Name the model is published under; the dataset's when absent. */
    model: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'a model name of letters, digits, dot, dash, underscore')
      .optional(),
    training: trainingSettingsSchema.optional(),
    /** An ensemble: one model that averages the probabilities of so many. */
    members: membersSchema.optional(),
    report: z
      .strictObject({
        /** Precision that each label's second threshold is to have. */
        precision: z.number().gt(0).max(1).default(defaultReportPrecision),
        /** Scores out of fold, thresholds of them, and a learning curve; when absent, of small sets. */
        crossValidation: z.boolean().optional(),
      })
      .optional(),
    /** How the model's kernels are stored; float16 when absent, if that does the model no harm. */
    precision: z.enum(precisions).optional(),
  })
  .superRefine(({ training, members }, context) => {
    try {
      const networks = memberSettings(training, members);
      const inAll = networks.length * Math.min(...networks.map((own) => own.averageCheckpoints));
      if (inAll > mostNetworks) {
        const message = `at most ${mostNetworks} networks in one model, members times averageCheckpoints`;
        context.addIssue({ code: 'custom', message, path: ['members'] });
      }
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      for (const issue of error.issues) {
        context.addIssue({ ...issue, path: ['members', ...issue.path] } as Parameters<
          typeof context.addIssue
        >[0]);
      }
    }
  });
export type RunRequest = z.infer<typeof runRequestSchema>;

/** What each network of a run is trained by: one, or those of an ensemble. */
export const networksAskedFor = ({ training, members }: RunRequest): TrainingSettings[] =>
  memberSettings(training, members);

/** The name that a run's model is published under. */
export const servedName = ({ model, dataset }: RunRequest) => model ?? dataset;

/** `runs/<run>/job.json`: the claim on the paid side effect, made before a job run is started. */
export const runJobSchema = z.object({
  run: z.string(),
  /** As it was when the run was started; what is uploaded there later is of no account. */
  request: runRequestSchema,
  snapshot: z.string(),
  /** 1 for the first start; the sweep counts up when it starts a stale run again. */
  attempt: z.int().min(1),
  jobRun: z.string(),
  /** Of the checkpoint when this attempt was started. */
  step: z.int().min(0).default(0),
  /** Attempts in a row, up to this one, that were started at this same step. */
  fruitless: z.int().min(0).default(0),
});
export type RunJob = z.infer<typeof runJobSchema>;

export const runPhases = [
  'starting',
  'loading',
  'training',
  'evaluating',
  'publishing',
  'completed',
  'failed',
] as const;

/** `runs/<run>/status.json`: the heartbeat, written by the trainer (and by start-training when it cannot start). */
export const runStatusSchema = z.object({
  run: z.string(),
  phase: z.enum(runPhases),
  attempt: z.int().min(0),
  step: z.int().min(0),
  steps: z.int().min(0),
  loss: z.number().nullable(),
  examplesPerSecond: z.number().nullable(),
  etaSeconds: z.number().nullable(),
  engine: z.string().nullable(),
  heartbeat: z.iso.datetime(),
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
  /** Of an ensemble: how far each member is; null for one that has not begun. */
  members: z
    .array(
      z
        .object({
          phase: z.enum(runPhases),
          attempt: z.int(),
          step: z.int(),
          steps: z.int(),
          heartbeat: z.iso.datetime(),
        })
        .nullable(),
    )
    .optional(),
});
export type RunStatus = z.infer<typeof runStatusSchema>;

const metricsSchema = z.object({
  mAP: z.number(),
  AUC: z.number(),
  dPrime: z.number(),
  evaluated: z.int(),
  labels: z.int(),
});

/** What became of one network of an ensemble, measured by itself. */
export const memberFiguresSchema = z.object({
  seed: z.int(),
  /** Of the network in training. */
  spec: modelSpecSchema,
  engine: z.string(),
  steps: z.int(),
  parameters: z.int(),
  metrics: metricsSchema,
  curves: curvesSchema,
});
export type MemberFigures = z.infer<typeof memberFiguresSchema>;

/** `runs/<run>/members/<index>/report.json`: a member is trained, and never worked on again. */
export const memberReportSchema = memberFiguresSchema.extend({
  /** Which weights of its last checkpoint are the model. */
  chosen: z.enum(choices),
  settings: z.looseObject({ seed: z.int() }),
  clips: z.object({ train: z.int(), validation: z.int(), eval: z.int() }),
  seconds: z.object({ training: z.number(), evaluating: z.number() }),
});
export type MemberReport = z.infer<typeof memberReportSchema>;

/** `runs/<run>/report.json`: how the run ended. */
export const runReportSchema = z.object({
  run: z.string(),
  model: z.string(),
  version: z.string(),
  snapshot: z.string(),
  engine: z.string(),
  seconds: z.object({ loading: z.number(), training: z.number(), evaluating: z.number() }),
  steps: z.int(),
  parameters: z.int(),
  /** Trained on, set aside to choose by, and measured with. */
  clips: z.object({ train: z.int(), validation: z.int(), eval: z.int() }),
  metrics: metricsSchema,
  gate: z.object({
    passed: z.boolean(),
    reason: z.string(),
    priorMAP: z.number(),
    served: z
      .object({
        version: z.string(),
        mAP: z.number(),
        /** Of the new model's mAP less the served one's, by a paired bootstrap over the eval clips. */
        difference: z.object({ low: z.number(), high: z.number() }),
      })
      .nullable(),
  }),
  assessment: assessmentSchema,
  curves: curvesSchema,
  crossValidation: crossValidatedSchema.optional(),
  /** Of an ensemble; its own curves are empty. */
  members: z.array(memberFiguresSchema).optional(),
  provenance: provenanceSchema,
});
export type RunReport = z.infer<typeof runReportSchema>;

/** A status before the first step. */
export function firstStatus(
  run: string,
  attempt: number,
  phase: RunStatus['phase'],
  error: EarshotError | null = null,
): RunStatus {
  return {
    run,
    phase,
    attempt,
    step: 0,
    steps: 0,
    loss: null,
    examplesPerSecond: null,
    etaSeconds: null,
    engine: null,
    heartbeat: new Date().toISOString(),
    error: error && statusError(error),
  };
}

export function statusError({ code, message, remedy }: EarshotError): NonNullable<RunStatus['error']> {
  return { code, message, remedy };
}
