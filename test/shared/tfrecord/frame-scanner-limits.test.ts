import { describe, expect, test } from 'vitest';
import { maskedCrc32c } from '../../../shared/tfrecord/crc32c.ts';
import { encodeTfRecordFile, frameRecord } from '../../../shared/tfrecord/writer.ts';
import { joinBytes } from '../../fixtures/damage.ts';
import { expectTiling, scanFrames, summary } from '../../fixtures/scan-frames.ts';

const limits = { maxRecordBytes: 1000 };
const ascii = (text: string) => new TextEncoder().encode(text);

const scan = (file: Uint8Array, chunkBytes?: number, { maxRecordBytes } = limits) =>
  scanFrames(file, maxRecordBytes, chunkBytes);

describe('the limits of the frame scanner', () => {
  test('a record above the limit is reported and passed over', () => {
    const file = encodeTfRecordFile([ascii('foo'), new Uint8Array(1001), ascii('bar')]);
    const frames = scan(file, 64);
    expect(summary(frames)).toEqual([
      'record 0 at 0: 3',
      'TFRECORD_RECORD_TOO_LARGE 1 at 19: 1017',
      'record 2 at 1036: 3',
    ]);
    expect(frames[1]).toMatchObject({ expected: 'at most 1000 bytes', received: '1001 bytes' });
  });

  test('a length of 2^63 with a right checksum allocates nothing and loses nothing behind it', () => {
    const header = new Uint8Array(12);
    const view = new DataView(header.buffer);
    view.setBigUint64(0, 2n ** 63n, true);
    view.setUint32(8, maskedCrc32c(header, 0, 8), true);
    const frames = scan(joinBytes(header, frameRecord(ascii('foo'))));
    expect(frames.map(({ kind, offset }) => [kind, offset])).toEqual([
      ['damage', 0],
      ['record', 12],
    ]);
  });

  test('a long unreadable span comes in parts of 1 MiB, cut at the same places for any chunks', () => {
    const junk = new Uint8Array(2_500_000).fill(0xee);
    const file = joinBytes(frameRecord(ascii('foo')), junk, frameRecord(ascii('bar')));
    for (const chunkBytes of [file.length, 65_536, 100_001]) {
      const frames = scan(file, chunkBytes);
      expectTiling(frames, file.length);
      const parts = frames.filter((frame) => frame.kind === 'damage');
      expect(parts.map(({ part, index, length }) => [part, index, length])).toEqual([
        [0, 1, 1_048_576],
        [1, 1, 1_048_576],
        [2, 1, 2_500_000 - 2 * 1_048_576],
      ]);
      expect(frames.at(-1)).toMatchObject({ kind: 'record', index: 2 });
    }
  });

  test('headers made to overlap cost time in proportion to the file', () => {
    const header = frameRecord(new Uint8Array(400_000)).subarray(0, 12);
    const hostile = joinBytes(...new Array<Uint8Array>(100_000).fill(header), frameRecord(ascii('foo')));
    const before = process.cpuUsage();
    const frames = scan(hostile, 65_536, { maxRecordBytes: 1_000_000 });
    const spent = process.cpuUsage(before).user / 1e6;
    expectTiling(frames, hostile.length);
    // Followed one by one they would cost 40 GB of checksums.
    expect(spent).toBeLessThan(5);
  });
});
