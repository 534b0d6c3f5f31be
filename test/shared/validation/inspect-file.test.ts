import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encodeTfRecordFile } from '../../../shared/tfrecord/writer.ts';
import type { InspectionRules } from '../../../shared/validation/clip-scanner.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import {
  type InspectedEnd,
  type InspectedRecord,
  inspectFile,
} from '../../../shared/validation/inspect-file.ts';
import { clipOf } from '../../fixtures/clips.ts';
import { collect, streamOf } from '../../fixtures/stream-of.ts';

const rules = {
  width: 4,
  maxFrames: 3,
  dtype: 'uint8',
  maxRecordBytes: 10_000,
  maxFileBytes: 100_000,
} as const;
const file = 'incoming/set/train/a.tfrecord';
const recordOf = (id: string, changes = {}) => clipToSequenceExample(clipOf(rules, { id, ...changes }));

async function inspect(
  bytes: Uint8Array,
  changes: Partial<InspectionRules> = {},
): Promise<InspectedRecord[]> {
  return collect(inspectFile(streamOf(bytes, 1000), { ...rules, ...changes }, file));
}

/** Each item in a line: what it is, where it is, what is wrong with it. */
const lines = (items: readonly InspectedRecord[]) =>
  items.map((item) => {
    const codes = item.anomalies.map(({ code }) => code).join(' ');
    return item.kind === 'end'
      ? `end ${item.compression} ${item.records} ${codes}`.trim()
      : `${item.kind} ${item.record} ${codes}`.trim();
  });

describe('a file', () => {
  test('gives its clips with their place and then its end', async () => {
    const payloads = ['a', 'b'].map((id) => recordOf(id));
    const bytes = encodeTfRecordFile(payloads);
    const items = await inspect(bytes);
    const length = payloads[0]!.length + 16;
    expect(items).toMatchObject([
      { kind: 'clip', record: 0, offset: 0, length, clip: { id: 'a' }, anomalies: [] },
      { kind: 'clip', record: 1, offset: length, length, clip: { id: 'b' }, anomalies: [] },
      { kind: 'end', compression: 'none', records: 2, bytes: bytes.length, anomalies: [] },
    ]);
  });

  test('with good, odd, bad and damaged records gives each, named', async () => {
    const payloads = [
      recordOf('a'),
      recordOf('b', { labels: [] }),
      recordOf('c', { frameCount: 4 }),
      recordOf('a', { labels: [9] }),
      Uint8Array.of(1, 2, 3),
      recordOf('d'),
      recordOf('e'),
    ];
    const bytes = encodeTfRecordFile(payloads);
    bytes[bytes.length - 20]! ^= 1;
    const items = await inspect(bytes);
    expect(lines(items)).toEqual([
      'clip 0',
      'clip 1 LABELS_EMPTY',
      'bad 2 FRAMES_OUT_OF_RANGE',
      'bad 3 DUPLICATE_CLIP_IN_FILE',
      'bad 4 EXAMPLE_MALFORMED',
      'clip 5',
      'bad 6 TFRECORD_DATA_CRC_MISMATCH',
      'end none 7',
    ]);
    const [, , frames, duplicate, malformed, , changed] = items;
    expect(frames).toMatchObject({ payload: payloads[2] });
    expect(malformed).toMatchObject({ payload: payloads[4] });
    expect(changed).toMatchObject({ payload: { length: payloads[6]!.length } });
    expect(duplicate!.anomalies[0]).toMatchObject({
      file,
      record: 3,
      field: 'video_id',
      expected: 'a clip id that no earlier record has',
      received: '"a", as in record 0',
    });
  });

  test('keeps the first good record of an id, though an earlier one was bad', async () => {
    const payloads = [recordOf('a', { frameCount: 4 }), recordOf('a'), recordOf('a')];
    expect(lines(await inspect(encodeTfRecordFile(payloads)))).toEqual([
      'bad 0 FRAMES_OUT_OF_RANGE',
      'clip 1',
      'bad 2 DUPLICATE_CLIP_IN_FILE',
      'end none 3',
    ]);
  });

  test('with an unreadable megabyte names it once and hands all of it over', async () => {
    const junk = new Uint8Array(1_500_000).fill(0xee);
    const bytes = Buffer.concat([
      encodeTfRecordFile([recordOf('a')]),
      junk,
      encodeTfRecordFile([recordOf('b')]),
    ]);
    const items = await inspect(bytes, { maxFileBytes: 10_000_000 });
    expect(lines(items)).toEqual([
      'clip 0',
      'bad 1 TFRECORD_LENGTH_CRC_MISMATCH',
      'bad 1',
      'clip 2',
      'end none 3',
    ]);
    const payloads = items.flatMap((item) => (item.kind === 'bad' ? [item.payload] : []));
    expect(Buffer.concat(payloads).equals(junk)).toBe(true);
  });
});

describe('what concerns the whole file:', () => {
  test.each([
    ['no byte', new Uint8Array(0), 'none'],
    ['a compressed stream of nothing', gzipSync(new Uint8Array(0)), 'gzip'],
  ] as const)('%s', async (_, bytes, compression) => {
    expect(await inspect(bytes)).toMatchObject([
      {
        kind: 'end',
        compression,
        records: 0,
        bytes: 0,
        anomalies: [{ code: 'FILE_EMPTY', file, record: null, offset: null, received: '0 bytes' }],
      },
    ]);
  });

  test('a cut GZIP file gives the records before the cut, and where it was', async () => {
    const payloads = Array.from({ length: 20 }, (_, i) => recordOf(`clip ${i}`));
    const whole = encodeTfRecordFile(payloads, { compression: 'gzip' });
    const items = await inspect(whole.subarray(0, whole.length - 9));
    expect(items.slice(0, -2).every(({ kind }) => kind === 'clip')).toBe(true);
    expect(items.at(-1)).toMatchObject({
      compression: 'gzip',
      anomalies: [
        {
          code: 'COMPRESSION_DAMAGED',
          severity: 'error',
          record: null,
          expected: 'a whole GZIP stream',
          received: `unexpected end of file, at compressed byte ${whole.length - 9}`,
        },
      ],
    });
  });

  test.each(['none', 'gzip'] as const)('a file above the limit is not read on (%s)', async (compression) => {
    const payloads = Array.from({ length: 2000 }, (_, i) => recordOf(`clip ${i}`));
    const bytes = encodeTfRecordFile(payloads, { compression });
    let read = 0;
    async function* counted() {
      for await (const chunk of streamOf(bytes, 1000)) {
        read += chunk.length;
        yield chunk;
      }
    }
    const items = await collect(inspectFile(counted(), { ...rules, maxFileBytes: 50_000 }, file));
    expect(items.at(-1)).toMatchObject({
      kind: 'end',
      anomalies: [
        { code: 'FILE_TOO_LARGE', expected: 'at most 50000 bytes', received: 'more than 50000 bytes' },
      ],
    });
    expect(items.slice(0, -1).every(({ kind }) => kind === 'clip')).toBe(true);
    const end = items.at(-1) as InspectedEnd;
    expect(end.bytes).toBeLessThan(50_000 + 65_536);
    if (compression === 'none') expect(read).toBeLessThan(52_000);
  });

  test('a source that fails throws its own error', async () => {
    async function* source() {
      yield encodeTfRecordFile([recordOf('a')]);
      throw new Error('connection lost');
    }
    await expect(collect(inspectFile(source(), rules, file))).rejects.toThrow('connection lost');
  });
});
