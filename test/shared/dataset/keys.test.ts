import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  incomingKey,
  isRunName,
  manifestKey,
  parseIncomingKey,
  quarantineKey,
  quarantineReasonsKey,
  receiptKey,
  runKeys,
  runOfRequest,
  sourceOfMirror,
} from '../../../shared/dataset/keys.ts';
import { anyDatasetName, anyRunName, anySourceFile, anyUploadSplit } from '../../fixtures/names.ts';

const anyIncomingKey = fc
  .tuple(anyDatasetName, anyUploadSplit, anySourceFile)
  .map((parts) => incomingKey(...parts));

describe('the key of an upload', () => {
  it('says dataset, split and file', () => {
    fc.assert(
      fc.property(anyDatasetName, anyUploadSplit, anySourceFile, (dataset, split, file) => {
        expect(parseIncomingKey(incomingKey(dataset, split, file))).toEqual({ dataset, split, file });
      }),
    );
  });

  it.each([
    'incoming/audioset/train/a.tfrecord',
    'incoming/audioset/eval/a.tfrecord.gz',
    'incoming/a.b-c_d/all/2024/05/ä ö.tfrecord.zlib',
  ])('may be %s', (key) => {
    expect(parseIncomingKey(key)).not.toBeNull();
  });

  it.each([
    'incoming/',
    'incoming/audioset/a.tfrecord',
    'incoming/audioset/train/',
    'incoming/audioset/train/a.csv',
    'incoming/audioset/train/a.tfrecord.bz2',
    'incoming/audioset/train/.tfrecord',
    'incoming/audioset/train/folder/.tfrecord.gz',
    'incoming/audioset/Train/a.tfrecord',
    'incoming/audioset/test/a.tfrecord',
    'incoming/.hidden/train/a.tfrecord',
    'incoming/audio set/train/a.tfrecord',
    'incoming//train/a.tfrecord',
    `incoming/${'d'.repeat(101)}/train/a.tfrecord`,
    'Incoming/audioset/train/a.tfrecord',
    'datasets/audioset/train/a.tfrecord',
  ])('cannot be %s', (key) => {
    expect(parseIncomingKey(key)).toBeNull();
  });
});

describe('what mirrors an upload', () => {
  it('leads back to it', () => {
    fc.assert(
      fc.property(anyIncomingKey, (key) => {
        for (const mirrorOf of [receiptKey, manifestKey, quarantineKey, quarantineReasonsKey]) {
          expect(sourceOfMirror(mirrorOf(key))).toBe(key);
        }
      }),
    );
  });

  it.each(['receipts/of-the-user.txt', 'quarantine/a.json', 'shards/a.json', 'incoming/a.tfrecord'])(
    'is not %s',
    (key) => {
      expect(sourceOfMirror(key)).toBeNull();
    },
  );

  it('is its own, also beside the same name with another compression', () => {
    const mirrors = (key: string) => [
      receiptKey(key),
      manifestKey(key),
      quarantineKey(key),
      quarantineReasonsKey(key),
    ];
    fc.assert(
      fc.property(
        anyIncomingKey,
        fc.constantFrom('.gz', '.zlib', '.tfrecord', '.reasons.json'),
        (key, tail) => {
          const all = [...mirrors(key), ...mirrors(`${key}${tail}`)];
          expect(new Set(all).size).toBe(all.length);
        },
      ),
    );
  });
});

describe('the key of a run request', () => {
  it('says the run', () => {
    fc.assert(
      fc.property(anyRunName, (run) => {
        expect(runOfRequest(runKeys(run).request)).toBe(run);
      }),
    );
  });

  it('says what was written there, also when no run may be called so', () => {
    expect(runOfRequest('runs/Night 1/request.json')).toBe('Night 1');
    expect(runOfRequest('runs/a/b/request.json')).toBe('a/b');
  });

  it.each([
    'runs/request.json',
    'runs//request.json',
    'runs/a/job.json',
    'runs/a-request.json',
    'models/a/request.json',
  ])('is not %s', (key) => {
    expect(runOfRequest(key)).toBeNull();
  });

  it.each(['a', '0', 'night-2', 'a'.repeat(40)])('may name the run %s', (run) => {
    expect(isRunName(run)).toBe(true);
  });

  it.each(['', 'Night', '-a', 'a-', 'a b', 'a_b', 'a/b', 'a'.repeat(41)])('cannot name the run %j', (run) => {
    expect(isRunName(run)).toBe(false);
  });

  it('gives job runs a name that Code Engine takes', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        if (isRunName(name)) expect(`${name}-20`).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      }),
    );
  });
});
