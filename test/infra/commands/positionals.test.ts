import { describe, expect, it } from 'vitest';
import { withPositionals } from '../../../infra/commands/positionals.ts';

describe('words behind a command', () => {
  it.each([
    ['upload clips', 'upload --path clips'],
    [
      'upload a.tfrecord b.tfrecord my/train --dry-run',
      'upload --path a.tfrecord --path b.tfrecord --path my/train --dry-run',
    ],
    ['data report my --json', 'data report --dataset my --json'],
    ['replay incoming/a --json', 'replay --key incoming/a --json'],
    ['search male speech --top 3', 'search --label male --label speech --top 3'],
    ['upload --dry-run', 'upload --dry-run'],
    ['upload', 'upload'],
  ])('%s is read as %s', (given, read) => {
    expect(withPositionals(given.split(' '))).toEqual(read.split(' '));
  });

  it.each(['local --once', 'print', 'deploy my-service', 'data', ''])('%s is left as it is', (given) => {
    expect(withPositionals(given.split(' '))).toEqual(given.split(' '));
  });
});
