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
    [
      'data convert a.npy b.npy --labels l.csv',
      'data convert --embeddings a.npy --embeddings b.npy --labels l.csv',
    ],
    ['replay incoming/a --json', 'replay --key incoming/a --json'],
    ['upload --dry-run', 'upload --dry-run'],
    ['upload', 'upload'],
  ])('%s is read as %s', (given, read) => {
    expect(withPositionals(given.split(' '))).toEqual(read.split(' '));
  });

  it.each(['local --once', 'print', 'deploy my-service', 'data', ''])('%s is left as it is', (given) => {
    expect(withPositionals(given.split(' '))).toEqual(given.split(' '));
  });
});
