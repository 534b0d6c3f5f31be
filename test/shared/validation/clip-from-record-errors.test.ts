import { describe, expect, test } from 'vitest';
import { encodeExample } from '../../../shared/tfrecord/encode-example.ts';
import type { Feature } from '../../../shared/tfrecord/example.ts';
import {
  anomaliesOf,
  bytes,
  changed,
  float,
  floatShape,
  frame,
  int64,
  sequence,
  shape,
  utf8,
} from './audioset-records.ts';

describe('an error names the field, what was expected and what was there', () => {
  test.each<[string, Record<string, Feature | null>, string]>([
    [
      'no id',
      { video_id: null },
      'FEATURE_MISSING video_id: expected a bytes feature named video_id or clip_id, received features start_time_seconds, end_time_seconds, labels',
    ],
    [
      'an id feature that sets no list',
      { video_id: { kind: 'none' } },
      'FEATURE_MISSING video_id: expected a bytes feature named video_id or clip_id, received features video_id, start_time_seconds, end_time_seconds, labels',
    ],
    [
      'an id of numbers',
      { video_id: int64(12) },
      'FEATURE_WRONG_KIND video_id: expected a bytes list of one id, received an int64 list of 1 value',
    ],
    [
      'an empty id',
      { video_id: bytes(utf8('')) },
      'CLIP_ID_INVALID video_id: expected one id of 1 to 255 UTF-8 bytes, received 0 bytes',
    ],
    [
      'an id of 256 bytes',
      { video_id: bytes(new Uint8Array(256).fill(65)) },
      'CLIP_ID_INVALID video_id: expected one id of 1 to 255 UTF-8 bytes, received 256 bytes',
    ],
    [
      'an id that is no text',
      { video_id: bytes(Uint8Array.of(65, 0xff)) },
      'CLIP_ID_INVALID video_id: expected one id of 1 to 255 UTF-8 bytes, received 2 bytes that are not UTF-8',
    ],
    [
      'two ids',
      { video_id: bytes(utf8('a'), utf8('b')) },
      'CLIP_ID_INVALID video_id: expected one id of 1 to 255 UTF-8 bytes, received a list of 2 ids',
    ],
    [
      'a start of another kind',
      { start_time_seconds: int64(30) },
      'FEATURE_WRONG_KIND start_time_seconds: expected a float list of one value, received an int64 list of 1 value',
    ],
    [
      'labels as names',
      { labels: bytes(utf8('Speech')) },
      'FEATURE_WRONG_KIND labels: expected an int64 list of label indices, received a bytes list of 1 value',
    ],
    [
      'labels out of range',
      { labels: int64(-1, 65_535, 65_536, 2n ** 62n) },
      'LABEL_INVALID labels: expected whole numbers from 0 to 65535, received -1, 65536, 4611686018427387904',
    ],
  ])('%s', (_, changes, expected) => {
    expect(anomaliesOf(sequence(changes))).toEqual([`error ${expected}`]);
  });

  test.each<[string, Feature[] | null, typeof shape | typeof floatShape, string]>([
    [
      'no embedding',
      null,
      shape,
      'FEATURE_MISSING audio_embedding: expected a feature list or a feature named audio_embedding, received only video_id, start_time_seconds, end_time_seconds, labels',
    ],
    ['no frame', [], shape, 'FRAMES_OUT_OF_RANGE audio_embedding: expected 1 to 3 frames, received 0 frames'],
    [
      'too many frames',
      new Array<Feature>(4).fill(frame(1, 2, 3, 4)),
      shape,
      'FRAMES_OUT_OF_RANGE audio_embedding: expected 1 to 3 frames, received 4 frames',
    ],
    [
      'frames of another width',
      [frame(1, 2, 3, 4), frame(1, 2, 3), frame(1)],
      shape,
      'EMBEDDING_WRONG_WIDTH audio_embedding: expected 4 bytes a frame, received 3 bytes in frame 1 and 1 more frame',
    ],
    [
      'two values in a frame',
      [frame(1, 2, 3, 4), bytes(utf8('abcd'), utf8('efgh'))],
      shape,
      'EMBEDDING_WRONG_WIDTH audio_embedding: expected one byte string of 4 bytes a frame, received a bytes list of 2 values in frame 1',
    ],
    [
      'float features in a uint8 dataset',
      [float(1, 2, 3, 4)],
      shape,
      "FEATURE_WRONG_KIND audio_embedding: expected bytes lists, as the dataset's dtype is uint8, received a float list of 4 values in frame 0",
    ],
    [
      'uint8 features in a float32 dataset',
      [frame(1, 2, 3, 4), frame(1, 2, 3, 4)],
      floatShape,
      "FEATURE_WRONG_KIND audio_embedding: expected float lists, as the dataset's dtype is float32, received a bytes list of 1 value in frame 0 and 1 more frame",
    ],
    [
      'a frame that sets no list',
      [{ kind: 'none' }],
      shape,
      "FEATURE_WRONG_KIND audio_embedding: expected bytes lists, as the dataset's dtype is uint8, received no list in frame 0",
    ],
    [
      'float frames of another width',
      [float(1, 2, 3, 4, 5)],
      floatShape,
      'EMBEDDING_WRONG_WIDTH audio_embedding: expected 4 values a frame, received 5 values in frame 0',
    ],
    [
      'values that are not finite',
      [float(1, 2, 3, 4), float(1, 2, Number.NaN, Number.POSITIVE_INFINITY)],
      floatShape,
      'EMBEDDING_NOT_FINITE audio_embedding: expected finite numbers, received NaN at value 2 of frame 1',
    ],
  ])('%s', (_, frames, rules, expected) => {
    expect(anomaliesOf(sequence({}, frames), rules)).toEqual([`error ${expected}`]);
  });

  test.each<[string, Feature, typeof shape | typeof floatShape, string]>([
    [
      'a byte string that is no whole number of frames',
      bytes(new Uint8Array(9)),
      shape,
      'EMBEDDING_WRONG_WIDTH audio_embedding: expected a multiple of 4 bytes, received 9 bytes',
    ],
    [
      'a float list that is no whole number of frames',
      float(1, 2, 3),
      floatShape,
      'EMBEDDING_WRONG_WIDTH audio_embedding: expected a multiple of 4 values, received 3 values',
    ],
    [
      'an empty list',
      bytes(),
      shape,
      'FRAMES_OUT_OF_RANGE audio_embedding: expected 1 to 3 frames, received 0 frames',
    ],
    [
      'whole numbers',
      int64(1, 2, 3, 4),
      shape,
      "FEATURE_WRONG_KIND audio_embedding: expected bytes lists, as the dataset's dtype is uint8, received an int64 list of 4 values",
    ],
  ])('in a tf.Example: %s', (_, feature, rules, expected) => {
    expect(anomaliesOf(encodeExample(changed({ audio_embedding: feature })), rules)).toEqual([
      `error ${expected}`,
    ]);
  });

  test('a record that is no protocol buffer', () => {
    expect(anomaliesOf(Uint8Array.of(10, 5, 10, 9))).toEqual([
      "error EXAMPLE_MALFORMED null: expected a length of at most 2 bytes, received 5 at byte 1 of the record's data",
    ]);
  });

  test('every problem of a record is named, not only the first', () => {
    const payload = sequence(
      { video_id: bytes(utf8('')), start_time_seconds: float(99), labels: int64(-5) },
      [frame(1), frame(1, 2, 3, 4), frame(1, 2, 3, 4), frame(1, 2, 3, 4)],
    );
    expect(anomaliesOf(payload).map((line) => line.split(' ', 2).join(' '))).toEqual([
      'error CLIP_ID_INVALID',
      'warning TIMES_INVALID',
      'error LABEL_INVALID',
      'error FRAMES_OUT_OF_RANGE',
      'error EMBEDDING_WRONG_WIDTH',
    ]);
  });

  test('names and lists of the user are cut to a readable length', () => {
    const names = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`${'x'.repeat(5000)}${i}`, int64(1)]),
    );
    const [line] = anomaliesOf(encodeExample(new Map(Object.entries(names))));
    expect(line!.length).toBeLessThan(500);
    expect(line).toMatch(/and 45 more$/);
  });
});
