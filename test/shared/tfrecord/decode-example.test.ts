import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { decodeExample } from '../../../shared/tfrecord/decode-example.ts';
import { encodeExample, encodeSequenceExample } from '../../../shared/tfrecord/encode-example.ts';
import type { Example, Feature, Int64 } from '../../../shared/tfrecord/example.ts';
import { delimited, varint } from '../../../shared/tfrecord/wire-writer.ts';
import { anyDamage, applyDamage, joinBytes } from '../../fixtures/damage.ts';
import { decodeByProtobufjs, exampleType, sequenceExampleType } from '../../fixtures/tf-example-proto.ts';
import { anySequenceExampleBytes } from '../../fixtures/wire-messages.ts';

const ascii = (text: string) => new TextEncoder().encode(text);

function malformedAt(bytes: Uint8Array): { offset: number; expected: string } | null {
  try {
    decodeExample(bytes);
    return null;
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'EXAMPLE_MALFORMED') throw error;
    const { offset, expected, received } = error.details;
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset).toBeLessThanOrEqual(bytes.length);
    expect(received).toBeTruthy();
    return { offset: offset!, expected: expected! };
  }
}

/** Same values as protobufjs, or rejected by both. */
function agreesWithProtobufjs(bytes: Uint8Array): void {
  let expected: Example | null = null;
  try {
    expected = decodeByProtobufjs(bytes);
  } catch {
    expect(malformedAt(bytes)).not.toBeNull();
    return;
  }
  const malformed = malformedAt(bytes);
  // The one deliberate difference: protobufjs passes over varints of any length, protobuf itself of 10 bytes.
  if (malformed?.expected === 'a varint of at most 10 bytes') return;
  expect(malformed).toBeNull();
  expect(decodeExample(bytes)).toEqual(expected);
}

describe('a message in any wire form', () => {
  test('decodes to what protobufjs makes of it', () => {
    fc.assert(
      fc.property(anySequenceExampleBytes, (bytes) => {
        expect(malformedAt(bytes)).toBeNull();
        agreesWithProtobufjs(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test('that was damaged is accepted or rejected as protobufjs does', () => {
    const damages = fc.array(anyDamage, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(anySequenceExampleBytes, damages, (bytes, many) => {
        agreesWithProtobufjs(many.reduce((file, damage) => applyDamage(file, damage).bytes, bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('of random bytes is accepted or rejected as protobufjs does', () => {
    const small = fc.array(fc.constantFrom(0, 1, 2, 8, 10, 13, 18, 26, 0x7f, 0x80, 0xff), { maxLength: 40 });
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      small.map((values) => Uint8Array.from(values)),
    );
    fc.assert(fc.property(bytes, agreesWithProtobufjs), { numRuns: 1500 });
  });

  test('is read in place from the middle of a larger buffer', () => {
    fc.assert(
      fc.property(anySequenceExampleBytes, (bytes) => {
        const padded = joinBytes(Uint8Array.of(8, 8, 8), bytes, Uint8Array.of(10, 200, 1));
        expect(decodeExample(padded.subarray(3, 3 + bytes.length))).toEqual(decodeExample(bytes));
      }),
      { numRuns: 200 },
    );
  });
});

describe('by the rules of protocol buffers', () => {
  const entry = (name: string, ...parts: Uint8Array[]) => delimited(1, delimited(1, ascii(name)), ...parts);
  const bytesFeature = (...values: string[]) =>
    delimited(1, ...values.map((value) => delimited(1, ascii(value))));
  const features = (...entries: Uint8Array[]) => decodeExample(delimited(1, ...entries)).context;

  test('the last of two entries with the same name wins', () => {
    const context = features(
      entry('id', delimited(2, bytesFeature('a'))),
      entry('id', delimited(2, bytesFeature('b'))),
    );
    expect(context.get('id')).toEqual({ kind: 'bytes', values: [ascii('b')] });
  });

  test('a value given twice in one entry is merged', () => {
    const context = features(entry('id', delimited(2, bytesFeature('a')), delimited(2, bytesFeature('b'))));
    expect(context.get('id')).toEqual({ kind: 'bytes', values: [ascii('a'), ascii('b')] });
  });

  test('of two kinds of list the last wins and forgets what an earlier one of its kind held', () => {
    const ints = delimited(3, delimited(1, varint(7)));
    const context = features(entry('x', delimited(2, bytesFeature('a'), ints, bytesFeature('b'))));
    expect(context.get('x')).toEqual({ kind: 'bytes', values: [ascii('b')] });
  });

  test('an entry without a name is named by the empty string, one without a value has no list', () => {
    expect(features(delimited(1, delimited(2, bytesFeature('a')))).get('')).toMatchObject({ kind: 'bytes' });
    expect(features(entry('x')).get('x')).toEqual({ kind: 'none' });
  });

  test('a negative int64 takes ten bytes, and the extremes are exact', () => {
    const values: Int64[] = [-1, 0, Number.MAX_SAFE_INTEGER, -(2n ** 63n), 2n ** 63n - 1n];
    const context = features(entry('x', delimited(2, delimited(3, delimited(1, ...values.map(varint))))));
    expect(context.get('x')).toEqual({ kind: 'int64', values });
    expect(varint(-1)).toHaveLength(10);
  });

  test('floats packed, single and packed again come in their order', () => {
    const [one, two] = [Float32Array.of(1, 2), Float32Array.of(4, 5)].map(
      (run) => new Uint8Array(run.buffer),
    );
    const single = joinBytes(Uint8Array.of(13), new Uint8Array(Float32Array.of(3).buffer));
    const context = features(
      entry('x', delimited(2, delimited(2, delimited(1, one!), single, delimited(1, two!)))),
    );
    expect(context.get('x')).toEqual({ kind: 'float', values: Float32Array.of(1, 2, 3, 4, 5) });
  });
});

describe('a malformed record is reported at its byte:', () => {
  test.each([
    ['a length beyond its message', [10, 5, 10, 9, 0, 0, 0], 3],
    ['a field number of 0', [10, 2, 0, 1], 2],
    ['a tag cut off', [10, 0, 0x80], 3],
    ['a wire type that does not exist', [15], 1],
    ['the end of a group that has not begun', [12], 1],
    ['a group ended by another number', [0x23, 0x2c], 2],
    ['a group without an end', [0x23, 8, 1], 3],
    ['a length of more than 32 bits', [10, 0xff, 0xff, 0xff, 0xff, 0x7f], 1],
    ['a name that is not UTF-8', [10, 5, 10, 3, 10, 1, 0xff], 5],
    ['a varint of eleven bytes', [8, ...new Array<number>(10).fill(0x80), 0], 1],
    ['three bytes of floats', [10, 11, 10, 9, 18, 7, 18, 5, 10, 3, 1, 2, 3], 9],
    ['a float cut off', [10, 11, 10, 9, 18, 7, 18, 5, 13, 1, 2, 3], 1],
  ])('%s', (_, bytes, offset) => {
    expect(malformedAt(Uint8Array.from(bytes))?.offset).toBe(offset);
  });

  test('groups nested a hundred deep are passed over, deeper ones refused', () => {
    const nested = (depth: number) =>
      joinBytes(new Uint8Array(depth).fill(0x23), new Uint8Array(depth).fill(0x24));
    expect(malformedAt(nested(100))).toBeNull();
    expect(malformedAt(nested(101))?.expected).toBe('at most 100 nested groups');
  });
});

const anyFeature: fc.Arbitrary<Feature> = fc.oneof(
  fc.record({
    kind: fc.constant('bytes' as const),
    values: fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant('float' as const), values: fc.float32Array({ maxLength: 20, noNaN: true }) }),
  fc.record({
    kind: fc.constant('int64' as const),
    values: fc.array(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value): Int64 => {
        return Number.isSafeInteger(Number(value)) ? Number(value) : value;
      }),
    ),
  }),
  fc.constant<Feature>({ kind: 'none' }),
);
const mapOf = <V>(value: fc.Arbitrary<V>) =>
  fc
    .array(fc.tuple(fc.string({ maxLength: 12 }), value), { maxLength: 5 })
    .map((entries) => new Map(entries));

describe('what is encoded', () => {
  const example = fc.record({
    context: mapOf(anyFeature),
    featureLists: mapOf(fc.array(anyFeature, { maxLength: 4 })),
  });

  test('as tf.SequenceExample comes back, and reads the same in protobufjs', () => {
    fc.assert(
      fc.property(example, (value) => {
        const bytes = encodeSequenceExample(value);
        expect(decodeExample(bytes)).toEqual(value);
        expect(decodeByProtobufjs(bytes)).toEqual(value);
        expect(sequenceExampleType.verify(sequenceExampleType.decode(bytes))).toBeNull();
      }),
      { numRuns: 100 },
    );
  });

  test('as tf.Example comes back with no feature lists', () => {
    fc.assert(
      fc.property(mapOf(anyFeature), (context) => {
        const bytes = encodeExample(context);
        expect(decodeExample(bytes)).toEqual({ context, featureLists: null });
        expect(exampleType.verify(exampleType.decode(bytes))).toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});
