import path from 'node:path';
import { defaultDatasetConfig } from '../../../shared/dataset/dataset-config.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type Options, textOf, wordsOf } from '../command-outcome.ts';
import { type ValueMeaning, valueMeanings } from './frame-values.ts';
import { type Unlabelled, unlabelledWays } from './matched-labels.ts';

export interface ConvertOptions {
  /** Of embeddings. */
  readonly files: readonly string[];
  /** The label file. */
  readonly labels: string;
  /** Folder to make. */
  readonly output: string;
  /** Whether a folder of an earlier conversion is replaced. */
  readonly force: boolean;
  /** A label list to go on from. */
  readonly labelList: string | null;
  readonly meaning: ValueMeaning | null;
  /** Values a frame, of CSV files. */
  readonly width: number;
  /** 0..1, both exclusive. */
  readonly evalShare: number;
  readonly frameSeconds: number;
  readonly unlabelled: Unlabelled;
  readonly shardMegabytes: number;
}

/** A file goes through a function's memory. */
const largestShard = 512;

/** `data convert <files…> --labels <file> --output <folder>`. @throws USAGE naming the option */
export function parseConvertOptions(options: Options): ConvertOptions {
  const files = wordsOf(options['embeddings']);
  if (files.length === 0) throw refuse('data convert', '<.npy, .npz or .csv files>', 'nothing');
  return {
    files,
    labels: path.normalize(needed(options, 'labels', 'a CSV file with the columns id,labels')),
    output: path.resolve(needed(options, 'output', 'a folder to make')),
    force: options['force'] === true,
    labelList: textOf(options, 'label-list'),
    meaning: oneOf(options, 'values', valueMeanings) ?? null,
    width: numberOf(
      options,
      'width',
      defaultDatasetConfig.width,
      (n) => Number.isInteger(n) && n >= 1 && n <= 8192,
      'a whole number 1..8192',
    ),
    evalShare: numberOf(
      options,
      'eval-share',
      defaultDatasetConfig.evalShare,
      (n) => n > 0 && n < 1,
      'a number between 0 and 1',
    ),
    frameSeconds: numberOf(options, 'frame-seconds', 1, (n) => n > 0 && n <= 3600, 'seconds'),
    unlabelled: oneOf(options, 'unlabelled', unlabelledWays) ?? 'refuse',
    shardMegabytes: numberOf(
      options,
      'shard-megabytes',
      16,
      (n) => n > 0 && n <= largestShard,
      `a number up to ${largestShard}`,
    ),
  };
}

function needed(options: Options, name: string, expected: string): string {
  const value = textOf(options, name);
  if (value !== null && value !== '') return value;
  throw refuse(`--${name}`, expected, 'nothing');
}

function oneOf<T extends string>(options: Options, name: string, known: readonly T[]): T | undefined {
  const value = textOf(options, name);
  const found = known.find((one) => one === value);
  if (value === null || found !== undefined) return found;
  throw refuse(`--${name}`, known.join(', '), JSON.stringify(value));
}

function numberOf(
  options: Options,
  name: string,
  usual: number,
  isRight: (value: number) => boolean,
  expected: string,
): number {
  const text = textOf(options, name);
  const value = text === null ? usual : text.trim() === '' ? Number.NaN : Number(text);
  if (isRight(value)) return value;
  throw refuse(`--${name}`, expected, JSON.stringify(text));
}

const refuse = (field: string, expected: string, received: string) =>
  new EarshotError('USAGE', { field, expected, received });
