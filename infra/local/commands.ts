import type { Command } from '../serverless-code-engine/framework.ts';

/** What stands for a bare `--chaos`. */
export const anySeed = 'any';

/** `serverless local`, as the framework and the help tell it. */
export const localCommands: Readonly<Record<string, Command>> = {
  local: {
    usage: 'Run the whole service on this machine: bucket, events, functions, training, prediction',
    lifecycleEvents: ['run'],
    options: {
      data: {
        usage: 'Data to drop: [dataset/train|eval|all=]<folder, tar, tar.gz or tar.xz>; repeatable',
        type: 'multiple',
      },
      once: { usage: 'Do the main job once and end: drop, train, predict', type: 'boolean' },
      json: { usage: 'Print the result as one line of JSON, last', type: 'boolean' },
      recipe: {
        usage: 'fast, best, linear, …: see docs/models.md; chosen by the amount of data when absent',
        type: 'string',
      },
      members: {
        usage: 'Train so many networks and serve the mean of their probabilities (default 1)',
        type: 'string',
      },
      'persist-to': { usage: 'Folder that keeps everything (default .earshot)', type: 'string' },
      port: { usage: 'Port of the prediction URL (default 4800, or any free one)', type: 'string' },
      chaos: {
        usage: 'Lose, double and delay events, as this number decides (default: a random one, printed)',
        type: 'string',
        bare: anySeed,
      },
    },
  },
};
