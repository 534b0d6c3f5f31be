import { describe, expect, it } from 'vitest';
import { ownCommands } from '../../../infra/command-line/own-commands.ts';
import { readCommandLine } from '../../../infra/command-line/read-command-line.ts';
import { catalogue } from '../../../shared/errors/catalogue.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

const wordsOf = (line: string) => (line === '' ? [] : line.split(' '));

function readAs(line: string): readonly string[] {
  const read = readCommandLine(wordsOf(line));
  return read.kind === 'own' ? read.argv : [read.kind];
}

function refusalOf(line: string): EarshotError {
  try {
    readCommandLine(wordsOf(line));
  } catch (error) {
    if (error instanceof EarshotError) return error;
    throw error;
  }
  throw new Error(`${line} was understood`);
}

describe('what is typed after serverless', () => {
  it.each([
    ['upload clips', 'upload --path clips'],
    [
      'upload a.tfrecord b.tfrecord my/train --dry-run',
      'upload --dry-run --path a.tfrecord --path b.tfrecord --path my/train',
    ],
    ['upload -n clips --cloud my/train', 'upload --dry-run --cloud --path clips --path my/train'],
    ['upload -- -clips', 'upload --path=-clips'],
    ['data report my --json', 'data report --json --dataset my'],
    ['data report --output=a.html my', 'data report --output a.html --dataset my'],
    ['replay incoming/a --json', 'replay --json --key incoming/a'],
    ['logs -tf validate --lines -5', 'logs --tail --function validate --lines -5'],
    ['local --no-once', 'local --no-once'],
    ['local --chaos', 'local --chaos any'],
    ['local --chaos --once', 'local --chaos any --once'],
    ['local --chaos 7 --once', 'local --chaos 7 --once'],
    ['local --chaos=7', 'local --chaos 7'],
    ['local --param a=1 --param b=2', 'local --param a=1 --param b=2'],
    ['upload', 'upload'],
  ])('%s is read as %s', (line, read) => expect(readAs(line)).toEqual(read.split(' ')));

  it('keeps a value that has several lines', () => {
    const read = readCommandLine(['invoke', '-f', 'infer', '--data={\n}']);
    expect(read).toMatchObject({ argv: ['invoke', '--function', 'infer', '--data', '{\n}'] });
  });

  it.each([
    ['', 'help'],
    ['help', 'help'],
    ['--help', 'help'],
    ['help upload', 'help'],
    ['upload clips -h', 'help'],
    ['data', 'help'],
    ['doctor', 'framework'],
    ['doctor --help', 'help'],
    ['print --format json', 'framework'],
    ['plugin list', 'framework'],
    ['--version', 'framework'],
  ])('"%s" is a matter of %s', (line, kind) => expect(readCommandLine(wordsOf(line)).kind).toBe(kind));

  it.each([
    ['lcoal --once', '"lcoal" - did you mean "local"?'],
    ['trian my-sounds', '"trian" - did you mean "train"?'],
    ['deadletters', '"deadletters" - did you mean "dead-letters"?'],
    ['data reprot my', '"data reprot" - did you mean "data report"?'],
    ['doctor cluod', '"doctor cluod" - did you mean "doctor cloud"?'],
    ['pritn', '"pritn" - did you mean "print"?'],
    ['local --onec', '"--onec" - did you mean "--once"?'],
    ['upload clips --dryrun', '"--dryrun" - did you mean "--dry-run"?'],
    ['deploy --satge prod', '"--satge" - did you mean "--stage"?'],
    ['deploy --force', 'received "--force"'],
    ['local --zzzzzzzz', 'received "--zzzzzzzz"'],
    ['logs -x', 'received "-x"'],
    ['local --once=yes', 'field --once): expected no value, received "yes"'],
    ['local --recipe', 'field --recipe): expected a value, received none'],
    ['local --recipe --once', 'field --recipe): expected a value, received none'],
    ['local --recipe fast --recipe best', 'field --recipe): expected it once, received it again'],
    ['local --json --json', 'field --json): expected it once, received it again'],
    ['local once', 'field local): expected options and no words, received "once"'],
    ['data report my other', 'field data report): expected options and <dataset>, received "other"'],
    ['--json local', 'expected a command before its options, received "--json"'],
  ])('%s is refused: %s', (line, said) => {
    const error = refusalOf(line);
    expect([error.code, catalogue[error.code].exit]).toEqual(['USAGE', 2]);
    expect(error.message).toContain(said);
  });

  it('says nothing of a value of an option it does not know', () => {
    expect(refusalOf('invoke --apikey=secret').message).not.toContain('secret');
  });
});

/** A word with its first two letters in the other order, or with one more. */
const misspelt = (name: string) =>
  name[0] === name[1] ? `${name}x` : `${name[1]}${name[0]}${name.slice(2)}`;

describe.each([...ownCommands.values()])('$name', ({ name, options, words }) => {
  it('has a suggestion for each of its options, misspelt', () => {
    for (const option of Object.keys(options)) {
      const { code, message } = refusalOf(`${name} --${misspelt(option)}`);
      expect([code, message]).toEqual(['USAGE', expect.stringContaining(`did you mean "--`)]);
    }
  });

  it('has a suggestion for its name, misspelt', () => {
    const typed = name.split(' ').map((word, at, all) => (at === all.length - 1 ? misspelt(word) : word));
    expect(refusalOf(typed.join(' ')).message).toContain(`did you mean "`);
  });

  it('has an option for every word it takes', () => {
    expect(Object.keys(options)).toEqual(expect.arrayContaining([...words]));
  });
});
