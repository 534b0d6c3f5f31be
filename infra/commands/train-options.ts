import { isDatasetName, isRunName } from '../../shared/dataset/keys.ts';
import { didYouMean } from '../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../shared/errors/parse-with-schema.ts';
import { type RunRequest, runRequestSchema } from '../../shared/runs/documents.ts';
import { recipes } from '../../shared/training/recipes.ts';
import { type Options, textOf, wordsOf } from './command-outcome.ts';

export interface TrainOptions {
  readonly run: string;
  readonly request: RunRequest;
  /** Whether the command ends once the run is asked for. */
  readonly detach: boolean;
}

/** `train <dataset>`; the run is named after dataset and time unless `--run` names it. @throws USAGE */
export function parseTrainOptions(options: Options, now: Date): TrainOptions {
  const [dataset = '', ...more] = wordsOf(options['dataset']);
  if (!isDatasetName(dataset) || more.length > 0) {
    const received = [dataset, ...more].filter(Boolean).join(' ') || 'nothing';
    throw new EarshotError('USAGE', { field: 'train', expected: '<dataset>', received });
  }
  const run = textOf(options, 'run') ?? `${dataset}-${stampOf(now)}`;
  if (!isRunName(run)) {
    const expected = 'letters, digits, dot, dash and underscore';
    throw new EarshotError('USAGE', { field: '--run', expected, received: JSON.stringify(run) });
  }
  const [model, recipe, members] = ['model', 'recipe', 'members'].map((name) => textOf(options, name));
  if (recipe && !recipes.some((name) => name === recipe)) {
    const received = `${JSON.stringify(recipe)}${didYouMean(recipe, recipes)}`;
    throw new EarshotError('USAGE', {
      field: '--recipe',
      expected: `one of ${recipes.join(', ')}`,
      received,
    });
  }
  const request = parseWithSchema(
    runRequestSchema,
    {
      dataset,
      ...(model ? { model } : {}),
      ...(recipe ? { training: { recipe } } : {}),
      ...(members ? { members: Number(members) } : {}),
    },
    'USAGE',
    { field: 'train' },
  );
  return { run, request, detach: options['detach'] === true };
}

/** `20261128-093015`, UTC. */
const stampOf = (now: Date) => now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
