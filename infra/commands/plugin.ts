import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { answerEarly } from '../command-line/answer-early.ts';
import type { Command, PluginTools, Serverless } from '../serverless-code-engine/framework.ts';
import { commands } from './commands.ts';

interface CommandRunner {
  runNamedCommand(
    name: string,
    given: {
      readonly options: Readonly<Record<string, unknown>>;
      readonly configuration: unknown;
      readonly root: string;
      readonly writeText: (text: string) => void;
    },
  ): Promise<number>;
}

/** Hook → name of the command. */
const hooks = {
  'upload:run': 'upload',
  'data:convert:run': 'data convert',
  'data:report:run': 'data report',
  'train:run': 'train',
  'search:run': 'search',
  'models:run': 'models',
  'promote:run': 'promote',
  'rollback:rollback': 'rollback',
  'candidate:run': 'candidate',
  'dead-letters:run': 'dead-letters',
  'replay:run': 'replay',
  'doctor:cloud:run': 'doctor cloud',
  'logs:logs': 'logs',
  'invoke:invoke': 'invoke',
} as const;

/** Commands on data, runs and events, local or in the cloud, and on a deployment. */
export class CommandsPlugin {
  readonly commands: Readonly<Record<string, Command>> = commands;
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(
    serverless: Serverless,
    options: Readonly<Record<string, unknown>>,
    { writeText }: PluginTools,
  ) {
    // The framework reads the arguments again once all plugins are loaded.
    answerEarly();
    const run = async (name: string) => {
      const root = serverless.serviceDir;
      const urlOf = (file: string) => pathToFileURL(path.join(root, file));
      const { loadTypeScript } = (await import(urlOf('infra/typescript/load.mjs').href)) as {
        loadTypeScript: (entry: URL) => Promise<CommandRunner>;
      };
      const { runNamedCommand } = await loadTypeScript(urlOf('infra/commands/run-named-command.ts'));
      const configuration = serverless.configurationInput;
      process.exitCode = await runNamedCommand(name, {
        options,
        configuration,
        root,
        writeText: (text) => writeText(text),
      });
    };
    this.hooks = Object.fromEntries(Object.entries(hooks).map(([hook, name]) => [hook, () => run(name)]));
  }
}
