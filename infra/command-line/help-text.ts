import { examples } from '../commands/examples.ts';
import type { CommandOption } from '../serverless-code-engine/framework.ts';
import { exitCodesText } from './exit-codes.ts';
import { commonOptions, frameworkCommands, type OwnCommand, ownCommands } from './own-commands.ts';

/** Lines that `--help` prints: what for, examples, then the rest. Of all commands when none is named. */
export function helpLines(commands: readonly OwnCommand[]): string[] {
  const [first, ...more] = commands;
  const lines =
    first === undefined
      ? overview()
      : more.length === 0
        ? ofOne(first)
        : [...section('Examples', exampleRows(commands)), ...section('Commands', usageRows(commands))];
  return [...lines, `Exit codes: ${exitCodesText}; every error: docs/errors.md`];
}

function ofOne(command: OwnCommand): string[] {
  return [
    command.usage,
    '',
    ...section('Examples', exampleRows([command])),
    ...section('Options', optionRows(command.options)),
    ...section('Options of every command', optionRows(commonOptions)),
  ];
}

const firstSteps = ['local', 'upload', 'train', 'deploy'];

function overview(): string[] {
  const all = [...ownCommands.values()];
  const steps = firstSteps.flatMap((name) => exampleRows([ownCommands.get(name)!]).slice(0, 1));
  return [
    'Earshot: drop TFRecords of audio embeddings into a bucket, get a URL that tells what is heard.',
    '',
    ...section('Examples', steps),
    ...section('Commands', usageRows(all)),
    ...section('Options of every command', optionRows(commonOptions)),
    'npx serverless <command> --help has the options and examples of one command.',
    `The framework's own: ${frameworkCommands.join(', ')}.`,
  ];
}

type Row = readonly [left: string, right: string];

const exampleRows = (commands: readonly OwnCommand[]): Row[] =>
  commands.flatMap(({ name }) =>
    (examples[name] ?? []).map(([line, what]): Row => [`npx serverless ${line}`, what]),
  );

const usageRows = (commands: readonly OwnCommand[]): Row[] =>
  commands.map(({ name, usage }) => [name, usage]);

const optionRows = (options: Readonly<Record<string, CommandOption>>): Row[] =>
  Object.entries(options).map(([name, { usage, type, shortcut, bare }]) => {
    const letter = shortcut === undefined ? '' : `-${shortcut}, `;
    const value = type === 'boolean' ? '' : bare === undefined ? ' <value>' : ' [value]';
    return [`${letter}--${name}${value}`, usage];
  });

/** A title and rows in two columns; where the left is long, the right stands below it. */
function section(title: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.min(widestLeft, Math.max(...rows.map(([left]) => left.length)));
  const lines = rows.flatMap(([left, right]) =>
    left.length > width
      ? [`  ${left}`, `  ${' '.repeat(width)}  ${right}`]
      : [`  ${left.padEnd(width)}  ${right}`],
  );
  return [title, ...lines, ''];
}

const widestLeft = 60;
