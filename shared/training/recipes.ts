import { type ModelConfig, modelConfigSchema } from '../model/model-config.ts';
import { type Schedule, scheduleSchema } from './training-options.ts';

/** A recipe is a model with its defaults and a schedule for it: one of our own, or a head of the reference. */
export const recipes = [
  'linear',
  'few-shot',
  'fast',
  'best',
  'max-pooling',
  'average-pooling',
  'single-attention',
  'multi-attention',
  'feature-attention',
] as const;
export type Recipe = (typeof recipes)[number];

/** What a recipe says of the training options that a request leaves open. */
export interface RecipeOptions {
  readonly optimizer: 'adam' | 'adamw';
  /** Of adamw. */
  readonly weightDecay: number;
  readonly schedule: Schedule;
  /** Of mixup; null when clips are not mixed. */
  readonly mixupAlpha: number | null;
}

/** Below this many clips a narrow model and many passes are best, above it a wide one and fewer. */
const smallSet = 10_000;

/** That of the head. */
export function recipeOf({ head }: ModelConfig): Recipe {
  if (head === 'mlp') return 'fast';
  return head === 'attention-pooling-mlp' ? 'best' : head;
}

export function modelOf(recipe: Recipe, clips: number): ModelConfig {
  const isSmall = clips < smallSet;
  switch (recipe) {
    case 'few-shot':
      return modelConfigSchema.parse({ head: 'mlp', hidden: [512, 512] });
    case 'fast':
      return modelConfigSchema.parse({ head: 'mlp', hidden: isSmall ? [512, 512] : [1024, 1024] });
    case 'best':
      return modelConfigSchema.parse({
        head: 'attention-pooling-mlp',
        hidden: isSmall ? [512, 512] : [2048, 2048],
      });
    default:
      return modelConfigSchema.parse({ head: recipe });
  }
}

/** Passes over the training clips. */
export function epochsOf(recipe: Recipe, clips: number): number {
  switch (recipe) {
    case 'linear':
      // More passes fit the noise: on AudioSet's balanced set the best is at some 500 steps.
      return 3;
    case 'few-shot':
    case 'fast':
      return clips < smallSet ? 10 : 9;
    case 'best':
      return 16;
    case 'feature-attention':
      return 37;
    default:
      return 23;
  }
}

/** However few clips there are; with a few hundred, more steps only fit their noise. */
export const fewestStepsOf = (recipe: Recipe) => (recipe === 'few-shot' ? 100 : 200);

export function optionsOf(recipe: Recipe): RecipeOptions {
  const schedule = (given: object) => scheduleSchema.parse(given);
  return recipe === 'best'
    ? { optimizer: 'adamw', weightDecay: 1, schedule: schedule({ kind: 'cosine' }), mixupAlpha: 1 }
    : { optimizer: 'adam', weightDecay: 0.01, schedule: schedule({}), mixupAlpha: null };
}
