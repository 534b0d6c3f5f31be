import { didYouMean } from '../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { frameworkCommands, type OwnCommand, ownCommands } from './own-commands.ts';
import { readOptions } from './read-options.ts';

/** What was typed after `serverless`. */
export type CommandLine =
  /** A command of Earshot, its words made options as the framework wants them. */
  | { readonly kind: 'own'; readonly command: OwnCommand; readonly argv: readonly string[] }
  /** Help on these, all when none is named. */
  | { readonly kind: 'help'; readonly commands: readonly OwnCommand[] }
  /** The framework's own business. */
  | { readonly kind: 'framework' };

/**
 * Reads the words of the command line by the commands that there are. The framework would drop words behind an option,
 * and say nothing of what was meant.
 * @throws USAGE for a command, option or word that is not known, and for an option's missing, needless or second value
 */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const isHelp = argv[0] === 'help' || argv.some((word) => word === '--help' || word === '-h');
  const typed = argv[0] === 'help' ? argv.slice(1) : argv;
  const first = typed.findIndex((word) => word.startsWith('-'));
  const words = first < 0 ? typed : typed.slice(0, first);
  if (words.length === 0) return withoutCommand(typed, isHelp);
  const command = [words.slice(0, 2).join(' '), words[0]!]
    .map((name) => ownCommands.get(name))
    .find((found) => found !== undefined);
  const isFrameworks = frameworkCommands.some(
    (name) => name === words.slice(0, name.split(' ').length).join(' '),
  );
  const inner = within(words[0]!);
  if (command === undefined) {
    const isAlone = words.length === 1;
    if (inner.length > 0 && isAlone && (isHelp || !isFrameworks)) return { kind: 'help', commands: inner };
    // `doctor` is the framework's too, and takes no words.
    if (isFrameworks && (inner.length === 0 || isAlone)) return { kind: 'framework' };
    throw unknownCommand(words);
  }
  const isWordLoose = words.length > command.name.split(' ').length && command.words.length === 0;
  if (isWordLoose && within(command.name).length > 0) throw unknownCommand(words);
  if (isHelp) return { kind: 'help', commands: [command] };
  const rest = typed.slice(command.name.split(' ').length);
  return { kind: 'own', command, argv: [...command.name.split(' '), ...readOptions(command, rest)] };
}

function withoutCommand(argv: readonly string[], isHelp: boolean): CommandLine {
  if (argv.length === 0 || isHelp) return { kind: 'help', commands: [] };
  if (argv.some((word) => word === '--version' || word === '-v')) return { kind: 'framework' };
  throw new EarshotError('USAGE', {
    field: 'command',
    expected: 'a command before its options',
    received: JSON.stringify(argv[0]),
  });
}

const within = (name: string) => [...ownCommands.values()].filter((one) => one.name.startsWith(`${name} `));

function unknownCommand(words: readonly string[]): EarshotError {
  const known = [...ownCommands.keys(), ...frameworkCommands];
  const two = words.slice(0, 2).join(' ');
  const typed = didYouMean(two, known) === '' ? words[0]! : two;
  return new EarshotError('USAGE', {
    field: 'command',
    expected: 'one that npx serverless --help lists',
    received: `${JSON.stringify(typed)}${didYouMean(typed, known)}`,
  });
}
