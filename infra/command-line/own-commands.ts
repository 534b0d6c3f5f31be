import { commands } from '../commands/commands.ts';
import { positionals } from '../commands/positionals.ts';
import { localCommands } from '../local/commands.ts';
import { cloudCommands } from '../serverless-code-engine/commands.ts';
import type { Command, CommandOption } from '../serverless-code-engine/framework.ts';

/** A command as it is typed. */
export interface OwnCommand {
  /** `data report` */
  readonly name: string;
  readonly usage: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Options that words without a name stand for, in this order; the last may be `multiple`. */
  readonly words: readonly string[];
}

/** Options of every command; the framework's. */
export const commonOptions: Readonly<Record<string, CommandOption>> = {
  stage: {
    usage: "Stage of the service (default: the one of serverless.yml, 'dev')",
    type: 'string',
    shortcut: 's',
  },
  param: {
    usage: 'Value of a parameter of serverless.yml: --param "region=eu-gb"; repeatable',
    type: 'multiple',
  },
  config: { usage: 'Another file than serverless.yml', type: 'string', shortcut: 'c' },
  verbose: { usage: "Show the framework's own steps", type: 'boolean' },
  debug: { usage: 'Namespace of debug logs to show ("*": all)', type: 'string' },
  help: { usage: 'Show this', type: 'boolean', shortcut: 'h' },
  version: { usage: "Show the framework's version", type: 'boolean', shortcut: 'v' },
};

/** Commands that the framework answers itself; those that make services of other kinds are of no use here. */
export const frameworkCommands: readonly string[] = [
  ...['config', 'config credentials', 'create', 'doctor', 'generate-event', 'help', 'install', 'package'],
  ...['plugin install', 'plugin list', 'plugin search', 'plugin uninstall', 'print'],
];

/** The commands of Earshot, by name, in the order of their use. */
export const ownCommands: ReadonlyMap<string, OwnCommand> = new Map(
  [localCommands, commands, cloudCommands].flatMap((group) => flattened(group, '')),
);

function flattened(group: Readonly<Record<string, Command>>, prefix: string): [string, OwnCommand][] {
  return Object.entries(group).flatMap(([word, command]) => {
    const name = `${prefix}${word}`;
    const { usage, options = {}, lifecycleEvents, commands: inner = {} } = command;
    const own: [string, OwnCommand][] =
      lifecycleEvents.length === 0 ? [] : [[name, { name, usage, options, words: positionals[name] ?? [] }]];
    return [...own, ...flattened(inner, `${name} `)];
  });
}
