import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { decodeExample } from '../../shared/tfrecord/decode-example.ts';
import { DecompressedStream } from '../../shared/tfrecord/decompress.ts';
import type { Feature } from '../../shared/tfrecord/example.ts';
import { encodeTfRecordFile } from '../../shared/tfrecord/writer.ts';
import { anyDamage, applyDamage } from '../fixtures/damage.ts';
import { scanFrames } from '../fixtures/scan-frames.ts';
import { collect, streamOf } from '../fixtures/stream-of.ts';
import { anySequenceExampleBytes } from '../fixtures/wire-messages.ts';
import { oraclePython, runPython } from './oracle-python.ts';

/** Parses every record of a TFRecord file by an implementation of protobuf; null where it refuses the record. Numbers and bytes are written as text. */
const parseRecords = `
import json, os, struct, sys
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION'] = sys.argv[2]
import tensorflow as tf
def feature(f):
    kind = f.WhichOneof('kind')
    if kind == 'bytes_list':
        return ['bytes', [v.hex() for v in f.bytes_list.value]]
    if kind == 'float_list':
        return ['float', [struct.pack('<f', v).hex() for v in f.float_list.value]]
    if kind == 'int64_list':
        return ['int64', [str(v) for v in f.int64_list.value]]
    return ['none', []]
def example(record):
    try:
        e = tf.train.SequenceExample.FromString(record)
    except Exception:
        return None
    lists = {k: [feature(f) for f in v.feature] for k, v in e.feature_lists.feature_list.items()}
    return {'context': {k: feature(f) for k, f in e.context.feature.items()},
            'lists': lists if e.HasField('feature_lists') else None}
records = tf.data.TFRecordDataset(sys.argv[1]).as_numpy_iterator()
print(json.dumps([example(record) for record in records]))
`;

/** Copies a TFRecord file, written by TensorFlow in another compression. */
const copyRecords = `
import os, sys
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import tensorflow as tf
source, read_as, target, write_as = sys.argv[1:]
with tf.io.TFRecordWriter(target, tf.io.TFRecordOptions(compression_type=write_as)) as writer:
    count = 0
    for record in tf.data.TFRecordDataset(source, compression_type=read_as).as_numpy_iterator():
        writer.write(record)
        count += 1
print(count)
`;

const textOf = (feature: Feature): [string, string[]] => {
  switch (feature.kind) {
    case 'bytes':
      return ['bytes', feature.values.map((value) => Buffer.from(value).toString('hex'))];
    case 'float':
      return [
        'float',
        Array.from(feature.values, (v) => Buffer.from(Float32Array.of(v).buffer).toString('hex')),
      ];
    case 'int64':
      return ['int64', feature.values.map(String)];
    case 'none':
      return ['none', []];
  }
};

/** What we make of a record, in the form of the Python program; null where it is malformed. */
function parsed(record: Uint8Array): unknown {
  try {
    const { context, featureLists } = decodeExample(record);
    const lists =
      featureLists && Array.from(featureLists, ([name, list]) => [name, list.map(textOf)] as const);
    return {
      context: Object.fromEntries(Array.from(context, ([name, feature]) => [name, textOf(feature)])),
      lists: lists && Object.fromEntries(lists),
    };
  } catch (error) {
    if (error instanceof EarshotError && error.code === 'EXAMPLE_MALFORMED') return null;
    throw error;
  }
}

async function recordsOf(file: Uint8Array): Promise<Uint8Array[]> {
  const content = Buffer.concat(await collect(new DecompressedStream(streamOf(file, 4096))));
  return scanFrames(content, 1_000_000).map((frame) => {
    if (frame.kind === 'damage') throw new Error(frame.code);
    return frame.payload;
  });
}

describe.skipIf(oraclePython === undefined)('TensorFlow', () => {
  let folder: string;
  const inFolder = (name: string) => path.join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'earshot-codec-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('accepts and rejects the same records, and reads the same values', () => {
    const damaged = fc
      .tuple(anySequenceExampleBytes, fc.array(anyDamage, { maxLength: 2 }))
      .map(([bytes, many]) => many.reduce((file, damage) => applyDamage(file, damage).bytes, bytes));
    const records = fc.sample(damaged, { numRuns: 20_000, seed: 20_261_122 });
    writeFileSync(inFolder('messages.tfrecord'), encodeTfRecordFile(records));
    const parsedBy = (implementation: string) =>
      runPython(parseRecords, inFolder('messages.tfrecord'), implementation) as unknown[];
    // upb is as strict as protobuf in C++, but leaves out a map entry that holds an unknown field; the Python
    // implementation keeps it, as C++ does, but takes tags of more than 32 bits.
    const [strict, lenient] = [parsedBy('upb'), parsedBy('python')];
    expect(strict).toHaveLength(records.length);
    const differing = records.flatMap((record, i) => {
      const ours = JSON.stringify(sorted(parsed(record)));
      const theirs = JSON.stringify(strict[i] === null ? null : sorted(lenient[i]));
      return ours === theirs ? [] : [{ record: Buffer.from(record).toString('hex'), ours, theirs }];
    });
    expect(differing).toEqual([]);
    expect(strict.filter((example) => example === null).length).toBeGreaterThan(1000);
  });

  it.each([
    ['none', ''],
    ['gzip', 'GZIP'],
    ['zlib', 'ZLIB'],
  ] as const)('reads what we write and writes what we read: %s', async (compression, name) => {
    const records = fc.sample(fc.uint8Array({ maxLength: 3000 }), { numRuns: 500, seed: 7 });
    writeFileSync(inFolder('ours'), encodeTfRecordFile(records, { compression }));
    expect(runPython(copyRecords, inFolder('ours'), name, inFolder('theirs'), name)).toBe(records.length);
    const back = await recordsOf(readFileSync(inFolder('theirs')));
    expect(Buffer.concat(back).equals(Buffer.concat(records))).toBe(true);
    expect(back.map(({ length }) => length)).toEqual(records.map(({ length }) => length));
  });
});

/** The same value with its keys in order, all the way down. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, sorted(inner)]);
}
