import * as z from 'zod';
import { EarshotError } from '../errors/earshot-error.ts';
import { type ModelConfig, modelConfigSchema } from '../model/model-config.ts';
import { type ModelSpec, modelSpecSchema, poolsFirst } from '../model/model-spec.ts';
import { epochsOf, fewestStepsOf, modelOf, optionsOf, type Recipe, recipeOf, recipes } from './recipes.ts';
import { type EarlyStopping, type Schedule, trainingOptionFields } from './training-options.ts';

/** What a run request may say about training; what it leaves open is chosen by recipe and amount of data. */
export const trainingSettingsSchema = z
  .strictObject({
    /**
     * `linear`: logistic regression on the time mean. `fast`: an MLP on the time mean. `best`: an MLP on means
     * weighted by attention. `few-shot`: a small MLP for a few hundred clips. The others: that head of the reference.
     * Absent: below about 100 clips a class `few-shot`, of more than 2,000 clips `linear`; else `fast`.
     */
    recipe: z.enum(recipes).optional(),
    /** The model in detail, instead of `recipe`; trained as the recipe of its head. */
    model: modelConfigSchema.optional(),
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
  })
  .refine(({ recipe, model }) => recipe === undefined || model === undefined, {
    message: 'recipe or model, not both',
    path: ['model'],
  })
  .refine(
    ({ averageCheckpoints, earlyStopping }) => averageCheckpoints === 1 || earlyStopping === undefined,
    {
      message: '1 with earlyStopping, which goes back to one evaluation',
      path: ['averageCheckpoints'],
    },
  );

export type TrainingSettings = z.infer<typeof trainingSettingsSchema>;

/** Settings with nothing left open. */
export interface ResolvedSettings {
  readonly recipe: Recipe;
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
  readonly averageCheckpoints: number;
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
  /** Of the training clips: see `clipsPerClass`. */
  readonly clipsPerClass: number;
  readonly labels: number;
  readonly width: number;
  readonly maxFrames: number;
}

/**
 * Clips a class below which the default is `few-shot`, or, of many clips, logistic regression. About 100; the balanced set of AudioSet,
 * on which an MLP is far better, has 100.3.
 */
const fewAClass = 95;

/** Up to so many clips, with few a class, the recipe is `few-shot`. */
const fewClips = 2000;

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
  const recipe = request.recipe ?? recipeFor(request.model, data);
  const batchSize = Math.min(request.batchSize ?? 128, data.clips);
  const steps = request.steps ?? stepsFor(request, recipe, data.clips, batchSize);
  const { labels, width, maxFrames } = data;
  const model = request.model ?? modelOf(recipe, data.clips);
  const spec = modelSpecSchema.parse({ model, labels, width, maxFrames });
  const defaults = optionsOf(recipe);
  const optimizer = request.optimizer ?? defaults.optimizer;
  const optimisation = {
    recipe,
    batchSize,
    steps,
    learningRate: request.learningRate ?? 1e-3,
    emaDecay: request.emaDecay ?? 0.999,
    seed: request.seed,
    evaluateEverySteps: request.evaluateEverySteps ?? Math.max(1, Math.ceil(steps / 8)),
    checkpointEverySteps: request.checkpointEverySteps ?? (poolsFirst(model) ? 200 : 50),
    sampling: request.sampling,
    weightDecay: optimizer === 'adamw' ? (request.weightDecay ?? defaults.weightDecay) : 0,
    schedule: request.schedule ?? defaults.schedule,
    labelSmoothing: request.labelSmoothing,
    earlyStopping: request.earlyStopping ?? null,
    averageCheckpoints: request.averageCheckpoints,
    clipMegabytes: request.clipMegabytes,
    maxHours: request.maxHours ?? null,
  };
  const mixup = request.mixup ?? (defaults.mixupAlpha === null ? undefined : { alpha: defaults.mixupAlpha });
  return { spec, settings: { ...optimisation, mixup: resolveMixup(mixup, spec) } };
}

/**
 * Mixing after pooling is cheaper. It is the same as before it where the time mean is all that is seen of frames; and
 * attention is left to choose among frames as they are.
 */
function resolveMixup(mixup: TrainingSettings['mixup'], spec: ModelSpec): Mixup | null {
  if (mixup === undefined || mixup.alpha === 0) return null;
  const isPooled = poolsFirst(spec.model);
  if (mixup.on === 'pooled' && !isPooled) {
    throw new EarshotError('RUN_REQUEST_INVALID', {
      field: 'training.mixup.on',
      expected: `input for the head ${spec.model.head}`,
      received: 'pooled',
    });
  }
  return { alpha: mixup.alpha, on: mixup.on ?? (isPooled ? 'pooled' : 'input') };
}

function recipeFor(model: ModelConfig | undefined, data: DataFacts): Recipe {
  if (model !== undefined) return recipeOf(model);
  if (data.clipsPerClass >= fewAClass) return 'fast';
  return data.clips <= fewClips ? 'few-shot' : 'linear';
}

function stepsFor(request: TrainingSettings, recipe: Recipe, clips: number, batchSize: number): number {
  const stepsOf = (epochs: number) => Math.max(1, Math.round((epochs * clips) / batchSize));
  if (request.epochs !== undefined) return stepsOf(request.epochs);
  return Math.min(Math.max(stepsOf(epochsOf(recipe, clips)), fewestStepsOf(recipe)), mostSteps);
}
