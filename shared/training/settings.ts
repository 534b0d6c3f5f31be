import * as z from 'zod';
import { EarshotError } from '../errors/earshot-error.ts';
import { hiddenRows } from '../model/layout.ts';
import { type ModelSpec, modelSpecSchema } from '../model/model-spec.ts';
import { type EarlyStopping, type Schedule, trainingOptionFields } from './training-options.ts';

/** What a run request may say about training; what it leaves open is chosen by recipe and amount of data. */
export const trainingSettingsSchema = z
  .strictObject({
    /** `fast`: an MLP on the time mean. `multi-attention`: the reference's decision-level multi-attention. */
    recipe: z.enum(['fast', 'multi-attention']).default('fast'),
    /** Units of each hidden layer. */
    hidden: z.int().min(1).max(8192).optional(),
    dropout: z.number().min(0).lt(1).optional(),
    /** Clips a step. */
    batchSize: z.int().min(1).max(8192).optional(),
    steps: z.int().min(1).max(10_000_000).optional(),
    /** Passes over the training clips; instead of `steps`. */
    epochs: z.number().gt(0).max(10_000).optional(),
    learningRate: z.number().gt(0).max(1).optional(),
    /** Share that the moving average of the weights keeps each step; 0 turns averaging off. */
    emaDecay: z.number().min(0).lt(1).optional(),
    seed: z.int().min(0).default(1),
    evaluateEverySteps: z.int().min(1).optional(),
    checkpointEverySteps: z.int().min(1).optional(),
    ...trainingOptionFields,
  })
  .refine(({ steps, epochs }) => steps === undefined || epochs === undefined, {
    message: 'steps or epochs, not both',
    path: ['epochs'],
  });

export type TrainingSettings = z.infer<typeof trainingSettingsSchema>;

/** Settings with nothing left open. */
export interface ResolvedSettings {
  readonly recipe: TrainingSettings['recipe'];
  readonly batchSize: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly emaDecay: number;
  readonly seed: number;
  readonly evaluateEverySteps: number;
  readonly checkpointEverySteps: number;
  readonly sampling: TrainingSettings['sampling'];
  /** Of AdamW; 0 is Adam. */
  readonly weightDecay: number;
  readonly schedule: Schedule;
  readonly mixup: Mixup | null;
  readonly labelSmoothing: number;
  readonly earlyStopping: EarlyStopping | null;
  readonly clipMegabytes: number;
  readonly maxHours: number | null;
}

export interface Mixup {
  readonly alpha: number;
  readonly on: 'input' | 'pooled';
}

/** The data that a run has. */
export interface DataFacts {
  /** Training clips. */
  readonly clips: number;
  readonly labels: number;
  readonly width: number;
  readonly maxFrames: number;
}

/** Below this many clips a narrow model and many passes are best, above it a wide one and fewer. */
const smallSet = 10_000;

/** Steps grow with the data up to here. */
const mostSteps = 50_000;

/**
 * Chooses what the request left open. The same request and data give the same choice.
 *
 * @throws EarshotError RUN_REQUEST_INVALID when the model cannot be trained so
 */
export function resolveTraining(
  request: TrainingSettings,
  data: DataFacts,
): { spec: ModelSpec; settings: ResolvedSettings } {
  const small = data.clips < smallSet;
  const batchSize = Math.min(request.batchSize ?? 128, data.clips);
  const steps = request.steps ?? stepsFor(request, data.clips, batchSize);
  const fast = request.recipe === 'fast';
  const optimisation = {
    recipe: request.recipe,
    batchSize,
    steps,
    learningRate: request.learningRate ?? 1e-3,
    emaDecay: request.emaDecay ?? 0.999,
    seed: request.seed,
    evaluateEverySteps: request.evaluateEverySteps ?? Math.max(1, Math.ceil(steps / 8)),
    checkpointEverySteps: request.checkpointEverySteps ?? (fast ? 200 : 50),
    sampling: request.sampling,
    weightDecay: request.optimizer === 'adamw' ? request.weightDecay : 0,
    schedule: request.schedule,
    labelSmoothing: request.labelSmoothing,
    earlyStopping: request.earlyStopping ?? null,
    clipMegabytes: request.clipMegabytes,
    maxHours: request.maxHours ?? null,
  };
  const common = {
    labels: data.labels,
    width: data.width,
    maxFrames: data.maxFrames,
    ...(request.dropout === undefined ? {} : { dropout: request.dropout }),
  };
  const units = request.hidden ?? (fast && !small ? 1024 : 512);
  const spec = modelSpecSchema.parse(
    fast
      ? { kind: 'mlp', hidden: [units, units], ...common }
      : { kind: 'multi-attention', hidden: units, ...common },
  );
  return { spec, settings: { ...optimisation, mixup: resolveMixup(request.mixup, spec) } };
}

/** Mixing after pooling is cheaper, and the same as before it where pooling is all that is done to frames. */
function resolveMixup(mixup: TrainingSettings['mixup'], spec: ModelSpec): Mixup | null {
  if (mixup === undefined) return null;
  const seesTimeMean = hiddenRows(spec) === 'clip';
  if (mixup.on === 'pooled' && !seesTimeMean) {
    throw new EarshotError('RUN_REQUEST_INVALID', {
      field: 'training.mixup.on',
      expected: `input for a model of the kind ${spec.kind}`,
      received: 'pooled',
    });
  }
  return { alpha: mixup.alpha, on: mixup.on ?? (seesTimeMean ? 'pooled' : 'input') };
}

function stepsFor(request: TrainingSettings, clips: number, batchSize: number): number {
  const stepsOf = (epochs: number) => Math.max(1, Math.round((epochs * clips) / batchSize));
  if (request.epochs !== undefined) return stepsOf(request.epochs);
  const epochs = request.recipe === 'fast' ? (clips < smallSet ? 10 : 9) : 23;
  return Math.min(Math.max(stepsOf(epochs), 200), mostSteps);
}
