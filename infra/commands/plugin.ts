import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command, PluginTools, Serverless } from '../serverless-code-engine/framework.ts';
import { withPositionals } from './positionals.ts';

interface BucketCommands {
  runBucketCommand(
    name: string,
    options: Readonly<Record<string, unknown>>,
    root: string,
    writeText: (text: string) => void,
  ): Promise<number>;
}

const bucketOptions = {
  'persist-to': { usage: 'State folder of the local platform (default .earshot)', type: 'string' },
  json: { usage: 'Print the result as one line of JSON, last', type: 'boolean' },
} as const;

/** Commands that work on the bucket, local or in the cloud, and on the events of the local platform. */
export class CommandsPlugin {
  readonly commands: Readonly<Record<string, Command>> = {
    upload: {
      usage:
        'Drop data: upload <folder, archive or files> [dataset[/train|eval|all]]; what is there is skipped',
      lifecycleEvents: ['run'],
      options: {
        path: {
          usage: 'What to upload, and last the dataset; the words after the command',
          type: 'multiple',
        },
        'dry-run': { usage: 'Say what would be uploaded', type: 'boolean', shortcut: 'n' },
        ...bucketOptions,
      },
    },
    data: {
      usage: 'Look at datasets',
      lifecycleEvents: [],
      commands: {
        report: {
          usage: 'Summary and HTML page of a dataset: data report <dataset>',
          lifecycleEvents: ['run'],
          options: {
            dataset: { usage: 'The dataset; the word after the command', type: 'string' },
            output: {
              usage: 'File of the page (default <dataset>-report.html)',
              type: 'string',
              shortcut: 'o',
            },
            ...bucketOptions,
          },
        },
      },
    },
    'dead-letters': {
      usage: 'List the events that were given up: function, key, attempts, reason, time',
      lifecycleEvents: ['run'],
      options: { ...bucketOptions },
    },
    replay: {
      usage: 'Send events again and wait for what comes of it: replay <key or prefix>',
      lifecycleEvents: ['run'],
      options: {
        key: {
          usage: 'Key of an object or dead letter, or what keys begin with; the word after the command',
          type: 'multiple',
        },
        ...bucketOptions,
      },
    },
  };
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(
    serverless: Serverless,
    options: Readonly<Record<string, unknown>>,
    { writeText }: PluginTools,
  ) {
    // The framework reads the arguments again once all plugins are loaded.
    process.argv.splice(2, Number.POSITIVE_INFINITY, ...withPositionals(process.argv.slice(2)));
    const run = async (name: string) => {
      const root = serverless.serviceDir;
      const urlOf = (file: string) => pathToFileURL(path.join(root, file));
      const { loadTypeScript } = (await import(urlOf('infra/typescript/load.mjs').href)) as {
        loadTypeScript: (entry: URL) => Promise<BucketCommands>;
      };
      const commands = await loadTypeScript(urlOf('infra/commands/bucket-commands.ts'));
      process.exitCode = await commands.runBucketCommand(name, options, root, (text) => writeText(text));
    };
    this.hooks = {
      'upload:run': () => run('upload'),
      'data:report:run': () => run('data report'),
      'dead-letters:run': () => run('dead-letters'),
      'replay:run': () => run('replay'),
    };
  }
}
