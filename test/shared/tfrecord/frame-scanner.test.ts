import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeTfRecordFile } from '../../../shared/tfrecord/writer.ts';
import { anyDamage, anyPlace, applyDamage, joinBytes } from '../../fixtures/damage.ts';
import { type DamageFrame, expectTiling, scanFrames, summary } from '../../fixtures/scan-frames.ts';

const limits = { maxRecordBytes: 1000 };
const ascii = (text: string) => new TextEncoder().encode(text);

const scan = (file: Uint8Array, chunkBytes?: number, { maxRecordBytes } = limits) =>
  scanFrames(file, maxRecordBytes, chunkBytes);

const anyPayloads = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 12 });

/** Offsets at which the records of a file begin. */
function offsetsOf(payloads: readonly Uint8Array[]): number[] {
  let at = 0;
  return payloads.map((payload) => {
    const offset = at;
    at += payload.length + 16;
    return offset;
  });
}

describe('a whole file', () => {
  test('gives the records TensorFlow wrote', () => {
    const file = Buffer.from('AwAAAAAAAACwmUkOZm9vYYq+/gMAAAAAAAAAsJlJDmJhckYA5cg=', 'base64');
    expect(scan(file)).toEqual([
      { kind: 'record', index: 0, offset: 0, payload: ascii('foo') },
      { kind: 'record', index: 1, offset: 19, payload: ascii('bar') },
    ]);
  });

  test('comes back as it was written, however it is cut into chunks', () => {
    fc.assert(
      fc.property(anyPayloads, fc.integer({ min: 1, max: 700 }), (payloads, chunkBytes) => {
        const offsets = offsetsOf(payloads);
        expect(scan(encodeTfRecordFile(payloads), chunkBytes)).toEqual(
          payloads.map((payload, index) => ({ kind: 'record', index, offset: offsets[index], payload })),
        );
      }),
    );
  });

  test('gives nothing when it is empty', () => {
    expect(scan(new Uint8Array(0))).toEqual([]);
  });

  test('copies no payload that lies in one chunk', () => {
    const file = new Uint8Array(encodeTfRecordFile([ascii('foo'), ascii('bar')]));
    for (const frame of scan(file)) {
      expect(frame.kind === 'record' && frame.payload.buffer).toBe(file.buffer);
    }
  });
});

describe('any damage', () => {
  test('leaves every record whose bytes are untouched, and accounts for every byte', () => {
    fc.assert(
      fc.property(
        anyPayloads,
        anyDamage,
        fc.integer({ min: 1, max: 700 }),
        (payloads, damage, chunkBytes) => {
          const { bytes, keeps } = applyDamage(encodeTfRecordFile(payloads), damage);
          const frames = scan(bytes, chunkBytes);
          const found = frames.flatMap((frame) => (frame.kind === 'record' ? [hex(frame.payload)] : []));
          const offsets = offsetsOf(payloads);
          const kept = payloads.filter((payload, i) => keeps(offsets[i]!, payload.length + 16));
          expect(subsequence(kept.map(hex), found)).toBe(true);
          expectTiling(frames, bytes.length);
        },
      ),
      { numRuns: 700 },
    );
  });

  test('is seen the same way however the file is cut into chunks', () => {
    const damages = fc.array(anyDamage, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyPayloads, damages, fc.integer({ min: 1, max: 400 }), (payloads, many, chunkBytes) => {
        const bytes = many.reduce(
          (file, damage) => applyDamage(file, damage).bytes,
          encodeTfRecordFile(payloads),
        );
        const frames = scan(bytes, chunkBytes);
        expectTiling(frames, bytes.length);
        expect(frames).toEqual(scan(bytes));
      }),
      { numRuns: 250 },
    );
  });

  test('by one flipped bit costs exactly the record it hits, at that offset', () => {
    fc.assert(
      fc.property(anyPayloads, anyPlace, fc.nat(7), (payloads, share, bit) => {
        const damaged = applyDamage(encodeTfRecordFile(payloads), { kind: 'flip', place: share, bit });
        const offsets = offsetsOf(payloads);
        const hit = offsets.findLastIndex((offset) => offset <= damaged.from);
        const bad = scan(damaged.bytes).filter((frame) => frame.kind === 'damage');
        expect(bad.map(({ index, offset, length }) => ({ index, offset, length }))).toEqual([
          { index: hit, offset: offsets[hit], length: payloads[hit]!.length + 16 },
        ]);
        const inLength = damaged.from < offsets[hit]! + 12;
        expect(bad[0]!.code).toBe(inLength ? 'TFRECORD_LENGTH_CRC_MISMATCH' : 'TFRECORD_DATA_CRC_MISMATCH');
      }),
      { numRuns: 400 },
    );
  });

  test('that makes it no TFRecord file at all is accounted for', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.integer({ min: 1, max: 300 }),
        (bytes, chunkBytes) => {
          const frames = scan(bytes, chunkBytes);
          expect(frames.every(({ kind }) => kind === 'damage')).toBe(true);
          expectTiling(frames, bytes.length);
        },
      ),
    );
  });
});

describe('the report of', () => {
  const [a, b, c] = [new Uint8Array(50).fill(1), new Uint8Array(70).fill(2), new Uint8Array(90).fill(3)];
  const file = encodeTfRecordFile([a, b, c]);
  const flipped = (...places: number[]) => {
    const bytes = new Uint8Array(file);
    for (const at of places) bytes[at]! ^= 0x10;
    return bytes;
  };

  test('changed data gives the payload to quarantine and both checksums', () => {
    const frames = scan(flipped(66 + 12 + 5));
    expect(summary(frames)).toEqual([
      'record 0 at 0: 50',
      'TFRECORD_DATA_CRC_MISMATCH 1 at 66: 86',
      'record 2 at 152: 90',
    ]);
    const bad = frames[1] as DamageFrame;
    expect(bad.bytes).toHaveLength(70);
    expect(bad.expected).toMatch(/^checksum 0x[0-9a-f]{8}, as stored$/);
    expect(bad.received).toMatch(/^checksum 0x[0-9a-f]{8} of 70 bytes$/);
  });

  test('a changed length gives the whole span and the length that stands there', () => {
    const bad = scan(flipped(66))[1] as DamageFrame;
    expect(bad).toMatchObject({ code: 'TFRECORD_LENGTH_CRC_MISMATCH', offset: 66, length: 86 });
    expect(bad.bytes).toHaveLength(86);
    expect(bad.received).toMatch(/of the length 86$/);
  });

  test('changed data before a changed length names both records', () => {
    expect(summary(scan(flipped(20, 66)))).toEqual([
      'TFRECORD_DATA_CRC_MISMATCH 0 at 0: 66',
      'TFRECORD_LENGTH_CRC_MISMATCH 1 at 66: 86',
      'record 2 at 152: 90',
    ]);
  });

  test('changed data before a changed length at the end of the file names both records', () => {
    expect(summary(scan(flipped(80, 153)))).toEqual([
      'record 0 at 0: 50',
      'TFRECORD_DATA_CRC_MISMATCH 1 at 66: 86',
      'TFRECORD_LENGTH_CRC_MISMATCH 2 at 152: 106',
    ]);
  });

  test('one record in which both checksums are wrong names it once', () => {
    expect(summary(scan(flipped(66, 90)))).toEqual([
      'record 0 at 0: 50',
      'TFRECORD_LENGTH_CRC_MISMATCH 1 at 66: 86',
      'record 2 at 152: 90',
    ]);
  });

  test('bytes missing inside a record says where the next one begins', () => {
    const frames = scan(joinBytes(file.subarray(0, 80), file.subarray(90)));
    expect(summary(frames)).toEqual([
      'record 0 at 0: 50',
      'TFRECORD_DATA_CRC_MISMATCH 1 at 66: 76',
      'record 2 at 142: 90',
    ]);
    expect(frames[1]).toMatchObject({ received: 'another record after 64 bytes' });
  });

  test('bytes missing inside the last record but one, so that it reaches beyond the file', () => {
    const short = encodeTfRecordFile([new Uint8Array(200), ascii('foo')]);
    expect(summary(scan(joinBytes(short.subarray(0, 50), short.subarray(150))))).toEqual([
      'TFRECORD_DATA_CRC_MISMATCH 0 at 0: 116',
      'record 1 at 116: 3',
    ]);
  });

  test('bytes missing by exactly the size of the next record does not take that record along', () => {
    const records = encodeTfRecordFile([new Uint8Array(100), ascii('foo'), ascii('bar')]);
    expect(summary(scan(joinBytes(records.subarray(0, 50), records.subarray(69))))).toEqual([
      'TFRECORD_DATA_CRC_MISMATCH 0 at 0: 97',
      'record 1 at 97: 3',
      'record 2 at 116: 3',
    ]);
  });

  test('bytes added inside a record', () => {
    const added = joinBytes(file.subarray(0, 80), new Uint8Array(40).fill(9), file.subarray(80));
    expect(summary(scan(added))).toEqual([
      'record 0 at 0: 50',
      'TFRECORD_DATA_CRC_MISMATCH 1 at 66: 126',
      'record 2 at 192: 90',
    ]);
  });

  test('a file cut inside a header, inside data, and inside the last checksum', () => {
    for (const [end, received] of [
      [157, '5 bytes before the end of the file'],
      [200, '36 bytes before the end of the file'],
      [257, '93 bytes before the end of the file'],
    ] as const) {
      const frames = scan(file.subarray(0, end));
      expect(frames.at(-1)).toMatchObject({
        code: 'TFRECORD_TRUNCATED',
        index: 2,
        offset: 152,
        length: end - 152,
        received,
      });
    }
  });
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function subsequence(wanted: readonly string[], all: readonly string[]): boolean {
  let at = 0;
  for (const item of all) if (at < wanted.length && item === wanted[at]) at++;
  return at === wanted.length;
}
