import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command, PluginTools, Serverless } from '../serverless-code-engine/framework.ts';

interface LocalCommand {
  runLocalCommand(
    options: Readonly<Record<string, unknown>>,
    configuration: unknown,
    root: string,
    writeText: (text: string) => void,
  ): Promise<number>;
}

/** `serverless local`: the whole service on this machine. The platform itself is loaded when the command runs. */
export class LocalPlugin {
  readonly commands: Readonly<Record<string, Command>> = {
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
        },
      },
    },
  };
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(
    serverless: Serverless,
    options: Readonly<Record<string, unknown>>,
    { writeText }: PluginTools,
  ) {
    // The framework reads the arguments again once all plugins are loaded, and knows no option that may go without a value.
    process.argv.splice(2, Number.POSITIVE_INFINITY, ...withSeed(process.argv.slice(2)));
    this.hooks = {
      'local:run': async () => {
        const root = serverless.serviceDir;
        const urlOf = (file: string) => pathToFileURL(path.join(root, file));
        const { loadTypeScript } = (await import(urlOf('infra/typescript/load.mjs').href)) as {
          loadTypeScript: (entry: URL) => Promise<LocalCommand>;
        };
        const command = await loadTypeScript(urlOf('infra/local/local-command.ts'));
        process.exitCode = await command.runLocalCommand(
          options,
          serverless.configurationInput,
          root,
          (text) => writeText(text),
        );
      },
    };
  }
}

/** `--chaos` without a number becomes `--chaos any`. */
export function withSeed(argv: readonly string[]): string[] {
  return argv.flatMap((word, at) => {
    const next = argv[at + 1];
    return word === '--chaos' && (next === undefined || next.startsWith('-')) ? [word, 'any'] : [word];
  });
}
