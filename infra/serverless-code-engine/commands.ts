import type { Command, CommandOption } from './framework.ts';

const subscriptions: CommandOption = {
  usage: 'How subscriptions are made: ibmcloud runs the command line (default), print prints its commands',
  type: 'string',
};
const json: CommandOption = { usage: 'Print the result as one line of JSON', type: 'boolean' };
const deployOptions = {
  create: { usage: 'Make project, bucket and authorization where they are missing', type: 'boolean' },
  'dry-run': { usage: 'Say what would be done, and do nothing', type: 'boolean', shortcut: 'n' },
  'new-key': { usage: 'Make the API keys of HTTP functions anew', type: 'boolean' },
  key: { usage: 'Of --new-key: the one of this name alone', type: 'string' },
  subscriptions,
  json,
} as const;

/** The framework's commands, with options of ours; those that it has beside them are AWS's and are refused. */
export const cloudCommands: Readonly<Record<string, Command>> = {
  deploy: {
    usage: 'Deploy to IBM Cloud Code Engine',
    lifecycleEvents: ['deploy'],
    options: deployOptions,
    commands: {
      function: {
        usage: 'Deploy one function, of what was deployed before',
        lifecycleEvents: ['deploy'],
        options: {
          function: { usage: 'Function of serverless.yml', type: 'string', shortcut: 'f' },
          'dry-run': deployOptions['dry-run'],
          json,
        },
      },
    },
  },
  info: {
    usage: 'Tell what is deployed: URLs, statuses, versions',
    lifecycleEvents: ['info'],
    options: { json },
  },
  remove: {
    usage: 'Delete what was deployed; bucket and data stay',
    lifecycleEvents: ['remove'],
    options: {
      data: { usage: 'Delete the objects of the bucket too', type: 'boolean' },
      subscriptions,
      json,
    },
  },
};
