import type { Command } from '../serverless-code-engine/framework.ts';
import { convertOptions } from './convert/command-options.ts';
import { versionCommands } from './versions/commands.ts';

const json = { usage: 'Print the result as one line of JSON, last', type: 'boolean' } as const;
const bucketOptions = {
  cloud: {
    usage: 'Work on the deployment of --stage in IBM Cloud (needs IBMCLOUD_API_KEY)',
    type: 'boolean',
  },
  'persist-to': { usage: 'State folder of the local platform (default .earshot)', type: 'string' },
  json,
} as const;
/** The framework has this option too; a plugin's command must say it again. */
const functionOption = (usage: string) => ({ usage, type: 'string', shortcut: 'f' }) as const;

/** The commands, as `serverless --help` and `serverless <command> --help` tell them. */
export const commands: Readonly<Record<string, Command>> = {
  upload: {
    usage:
      'Drop data: upload <folder, archive or files> [dataset[/train|eval|all]]; what is there is skipped',
    lifecycleEvents: ['run'],
    options: {
      path: { usage: 'What to upload, and last the dataset; the words after the command', type: 'multiple' },
      'dry-run': { usage: 'Say what would be uploaded', type: 'boolean', shortcut: 'n' },
      ...bucketOptions,
    },
  },
  data: {
    usage: 'Look at datasets',
    lifecycleEvents: [],
    commands: {
      convert: {
        usage: 'Make TFRecords of embeddings: data convert <.npy, .npz or .csv files> --labels --output',
        lifecycleEvents: ['run'],
        options: convertOptions,
      },
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
  train: {
    usage: 'Train a model and watch: train <dataset>',
    lifecycleEvents: ['run'],
    options: {
      dataset: { usage: 'The dataset; the word after the command', type: 'string' },
      run: {
        usage: 'Name of the run (default: dataset and time); one that is there is followed',
        type: 'string',
      },
      model: { usage: 'Name the model is published under (default: the dataset)', type: 'string' },
      recipe: { usage: 'fast, best, linear, …: see docs/models.md', type: 'string' },
      members: { usage: 'Train so many networks and serve their mean', type: 'string' },
      detach: { usage: 'Ask for the run and do not wait', type: 'boolean' },
      ...bucketOptions,
    },
  },
  search: {
    usage: 'Find clips by what is heard: search <label>; of those that the served version was evaluated on',
    lifecycleEvents: ['run'],
    options: {
      label: { usage: 'Name, mid or index of a label; the words after the command', type: 'multiple' },
      top: { usage: 'As many clips (default 20, at most 50)', type: 'string' },
      model: { usage: 'Name of the model (default: the one that changed last)', type: 'string' },
      ...bucketOptions,
    },
  },
  ...versionCommands(bucketOptions),
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
  // `doctor` alone is the framework's own and cannot be extended.
  doctor: {
    usage: 'Check what a deployment needs',
    lifecycleEvents: [],
    commands: {
      cloud: {
        usage:
          'Check credentials, region, project, quotas, bucket, events, registry and runtime, each with its remedy',
        lifecycleEvents: ['run'],
        options: { json },
      },
    },
  },
  logs: {
    usage: 'What event functions and job runs log',
    lifecycleEvents: ['logs'],
    options: {
      function: functionOption('Function or job of serverless.yml'),
      tail: { usage: 'Go on until Ctrl-C', type: 'boolean', shortcut: 't' },
      lines: { usage: 'Recent lines of each instance (default 100)', type: 'string' },
      filter: { usage: 'Only lines with this text', type: 'string' },
      run: { usage: 'Job run, of a job (default: the latest)', type: 'string' },
      json: { usage: 'Print each line as JSON', type: 'boolean' },
    },
  },
  invoke: {
    usage: 'Ask a deployed function with http events',
    lifecycleEvents: ['invoke'],
    options: {
      function: functionOption('Function of serverless.yml with http events'),
      path: { usage: 'File to send: .json, or a TFRecord', type: 'string', shortcut: 'p' },
      data: { usage: 'JSON to send', type: 'string', shortcut: 'd' },
      json,
    },
  },
};
