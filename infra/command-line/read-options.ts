import { didYouMean } from '../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { CommandOption } from '../serverless-code-engine/framework.ts';
import { commonOptions, type OwnCommand } from './own-commands.ts';

/** As the framework tells options from words: `-5` and `-` are words. */
const optionShape = /^-(?:-(?<name>[a-zA-Z][A-Za-z0-9:_-]+)|(?<letters>[a-z]+))(?:=(?<value>.*))?$/s;

/**
 * Words behind a command as the framework takes them: options alone, each with the value it needs.
 * @throws USAGE naming the option or word
 */
export function readOptions(command: OwnCommand, words: readonly string[]): string[] {
  const read: (readonly [name: string, value: string | boolean])[] = [];
  const loose: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '--') {
      loose.push(...words.slice(at + 1));
      break;
    }
    const shape = optionShape.exec(word)?.groups;
    if (shape === undefined) {
      loose.push(word);
      continue;
    }
    const named = namedOptions(command, shape);
    for (const { name, option, isNegated } of named) {
      if (option.type === 'boolean') {
        if (shape['value'] !== undefined)
          throw wrong(`--${name}`, 'no value', JSON.stringify(shape['value']));
        read.push([name, !isNegated]);
        continue;
      }
      const next = words[at + 1];
      const isNextValue = next !== undefined && next !== '' && next !== '--' && !optionShape.test(next);
      const value = shape['value'] ?? (isNextValue ? next : option.bare);
      if (value === undefined || value === '') throw wrong(`--${name}`, 'a value', 'none');
      if (shape['value'] === undefined && isNextValue) at++;
      read.push([name, value]);
    }
  }
  read.push(...placed(command, loose));
  expectOnce(command, read);
  return read.flatMap(([name, value]) => written(name, value));
}

interface NamedOption {
  readonly name: string;
  readonly option: CommandOption;
  /** `--no-<name>` */
  readonly isNegated: boolean;
}

/** The options that one word gives; of `-tn` both. */
function namedOptions(
  command: OwnCommand,
  { name, letters }: Readonly<Record<string, string | undefined>>,
): NamedOption[] {
  const known: Readonly<Record<string, CommandOption>> = { ...command.options, ...commonOptions };
  const found = (one: string, isNegated = false): NamedOption[] =>
    Object.hasOwn(known, one) ? [{ name: one, option: known[one]!, isNegated }] : [];
  if (name !== undefined) {
    const plain = name.startsWith('no-') ? name.slice(3) : null;
    const meant = [...found(name), ...(plain === null ? [] : found(plain, true))][0];
    if (meant !== undefined && (!meant.isNegated || meant.option.type === 'boolean')) return [meant];
    throw unknownOption(command, `--${name}`, known);
  }
  return [...(letters ?? '')].map((letter) => {
    const entry = Object.entries(known).find(([, { shortcut }]) => shortcut === letter);
    if (entry === undefined) throw unknownOption(command, `-${letter}`, known);
    return { name: entry[0], option: entry[1], isNegated: false };
  });
}

function unknownOption(
  { name }: OwnCommand,
  given: string,
  known: Readonly<Record<string, CommandOption>>,
): EarshotError {
  const names = Object.keys(known).map((one) => `--${one}`);
  return wrong(name, `one of ${names.join(', ')}`, `"${given}"${didYouMean(given, names)}`);
}

/** Words without a name, as the options that they stand for. */
function placed({ name, words, options }: OwnCommand, loose: readonly string[]): [string, string][] {
  return loose.map((word, at) => {
    const option = words[Math.min(at, words.length - 1)];
    const isRoom = option !== undefined && (at < words.length || options[option]?.type === 'multiple');
    if (!isRoom || word === '') {
      const most = words.length === 0 ? 'no words' : `<${words.join('> <')}>`;
      throw wrong(name, `options and ${most}`, JSON.stringify(word));
    }
    return [option, word];
  });
}

function expectOnce(
  { options }: OwnCommand,
  read: readonly (readonly [name: string, value: string | boolean])[],
): void {
  const seen = new Set<string>();
  for (const [name] of read) {
    const { type } = (options[name] ?? commonOptions[name])!;
    if (type !== 'multiple' && seen.has(name)) throw wrong(`--${name}`, 'it once', 'it again');
    seen.add(name);
  }
}

/** A value that looks like an option must stand behind `=`, any other behind a space: `=` cannot take a line's end. */
function written(name: string, value: string | boolean): string[] {
  if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`];
  return optionShape.test(value) ? [`--${name}=${value}`] : [`--${name}`, value];
}

const wrong = (field: string, expected: string, received: string) =>
  new EarshotError('USAGE', { field, expected, received });
