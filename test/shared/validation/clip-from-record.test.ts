import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clip } from '../../../shared/dataset/clip-table.ts';
import { encodeExample } from '../../../shared/tfrecord/encode-example.ts';
import { clipFromRecord } from '../../../shared/validation/clip-from-record.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import { anyClip, clipOf } from '../../fixtures/clips.ts';
import {
  anomaliesOf,
  bytes,
  changed,
  float,
  floatShape,
  int64,
  place,
  sequence,
  shape,
  utf8,
} from './audioset-records.ts';

describe('a good record', () => {
  test('of AudioSet gives its clip, labels in ascending order', () => {
    expect(clipFromRecord(sequence({}), shape, place)).toEqual({
      clip: {
        id: 'abcdefghijk',
        start: 30,
        end: 40,
        labels: [3, 500],
        frameCount: 2,
        frames: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      },
      anomalies: [],
    });
  });

  test.each([
    ['one byte string a frame', bytes(Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8)), shape],
    ['one byte string of all frames', bytes(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)), shape],
    ['one float list of all frames', float(1, 2, 3, 4, 5, 6, 7, 8), floatShape],
  ])('may be a tf.Example with %s', (_, feature, rules) => {
    const payload = encodeExample(changed({ audio_embedding: feature }));
    const { clip, anomalies } = clipFromRecord(payload, rules, place);
    expect(anomalies).toEqual([]);
    expect(clip).toMatchObject({ id: 'abcdefghijk', frameCount: 2, labels: [3, 500] });
    expect([...clip!.frames]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(clip!.frames).toBeInstanceOf(rules.dtype === 'uint8' ? Uint8Array : Float32Array);
  });

  test('may call its id clip_id and have no times', () => {
    const payload = sequence({
      video_id: null,
      clip_id: bytes(utf8('Brot für 2 €')),
      start_time_seconds: null,
      end_time_seconds: null,
    });
    const { clip, anomalies } = clipFromRecord(payload, shape, place);
    expect(anomalies).toEqual([]);
    expect(clip).toMatchObject({ id: 'Brot für 2 €', start: Number.NaN, end: Number.NaN });
  });

  test('does not hold on to the bytes it was read from', () => {
    const payload = sequence({});
    const { clip } = clipFromRecord(payload, shape, place);
    payload.fill(0);
    expect([...clip!.frames]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test.each([shape, floatShape])('comes back from clipToSequenceExample: $dtype', (rules) => {
    fc.assert(
      fc.property(anyClip(rules), (clip: Clip) => {
        expect(clipFromRecord(clipToSequenceExample(clip), rules, place)).toEqual({ clip, anomalies: [] });
      }),
      { numRuns: 150 },
    );
  });

  test('without labels comes back with a warning', () => {
    const clip = clipOf(shape, { labels: [] });
    expect(clipFromRecord(clipToSequenceExample(clip), shape, place)).toMatchObject({
      clip,
      anomalies: [{ code: 'LABELS_EMPTY', severity: 'warning', received: 'no feature' }],
    });
  });
});

describe('a warning keeps the clip', () => {
  test.each([
    [{ labels: int64() }, 'LABELS_EMPTY labels: expected at least one label, received an empty list'],
    [
      { labels: int64(9, 3, 9, 9, 3) },
      'LABEL_REPEATED labels: expected each label once, received more than once: 3, 9',
    ],
    [
      { start_time_seconds: float(40), end_time_seconds: float(30) },
      'TIMES_INVALID start_time_seconds: expected one finite start before one finite end, received start 40, end 30',
    ],
    [
      { end_time_seconds: null },
      'TIMES_INVALID start_time_seconds: expected one finite start before one finite end, received start 30, end not set',
    ],
    [
      { end_time_seconds: float(Number.POSITIVE_INFINITY) },
      'TIMES_INVALID start_time_seconds: expected one finite start before one finite end, received start 30, end Infinity',
    ],
    [
      { start_time_seconds: float(1, 2) },
      'TIMES_INVALID start_time_seconds: expected one finite start before one finite end, received start 1, 2, end 40',
    ],
  ])('%j', (changes, expected) => {
    const payload = sequence(changes);
    expect(anomaliesOf(payload)).toEqual([`warning ${expected}`]);
    const { clip } = clipFromRecord(payload, shape, place);
    if (expected.startsWith('TIMES')) expect([clip!.start, clip!.end]).toEqual([Number.NaN, Number.NaN]);
    if (expected.startsWith('LABEL_REPEATED')) expect(clip!.labels).toEqual([3, 9]);
  });
});
