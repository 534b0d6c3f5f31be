import { describe, expect, it } from 'vitest';
import { exitCodes } from '../../../infra/command-line/exit-codes.ts';
import { helpLines } from '../../../infra/command-line/help-text.ts';
import { ownCommands } from '../../../infra/command-line/own-commands.ts';
import { readCommandLine } from '../../../infra/command-line/read-command-line.ts';
import { examples } from '../../../infra/commands/examples.ts';
import { catalogue } from '../../../shared/errors/catalogue.ts';

/** The words of an example as a shell gives them. */
const shellWords = (line: string) =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

describe.each([...ownCommands.values()])('the help of $name', (command) => {
  const lines = helpLines([command]);

  it('begins with what the command does, then examples of it', () => {
    expect(lines.slice(0, 3)).toEqual([command.usage, '', 'Examples']);
    const shown = lines.slice(3, lines.indexOf('Options'));
    expect(
      shown.filter((line) => line.startsWith(`  npx serverless ${command.name}`)).length,
    ).toBeGreaterThan(0);
  });

  it('has examples that the command line understands', () => {
    for (const [line] of examples[command.name]!) {
      expect(readCommandLine(shellWords(line)), line).toMatchObject({ kind: 'own', command });
    }
  });

  it('lists each option, --json among them, and the exit codes', () => {
    for (const name of [...Object.keys(command.options), 'json', 'stage', 'help']) {
      expect(lines.some((line) => line.includes(`--${name} `))).toBe(true);
    }
    expect(lines.at(-1)).toMatch(/^Exit codes: 0 done, 1 .*, 2 wrong usage,.* docs\/errors\.md$/);
  });
});

describe('the help of everything', () => {
  it('begins with examples and lists every command', () => {
    const lines = helpLines([]);
    expect(lines[2]).toBe('Examples');
    for (const name of ownCommands.keys())
      expect(lines.some((line) => line.startsWith(`  ${name} `))).toBe(true);
  });
});

it('no example is of a command that is not there', () => {
  expect(Object.keys(examples).filter((name) => !ownCommands.has(name))).toEqual([]);
});

it('every exit code of the catalogue is explained', () => {
  const known = exitCodes.map(([code]) => code);
  for (const { exit } of Object.values(catalogue))
    expect(exit === undefined || known.includes(exit)).toBe(true);
});
