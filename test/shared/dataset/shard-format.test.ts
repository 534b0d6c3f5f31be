import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipTableOf, dtypeOf } from '../../../shared/dataset/clip-rows.ts';
import {
  decodeShard,
  decodeShardColumns,
  encodeShard,
  framesStart,
} from '../../../shared/dataset/shard-format.ts';
import { anyClipTable, plainColumns } from '../../fixtures/clip-tables.ts';
import { clipOf } from '../../fixtures/clips.ts';

const shape = { width: 3, maxFrames: 2, dtype: 'uint8' } as const;
const small = clipTableOf(
  ['a', 'bb', 'cccc'].map((id) => clipOf(shape, { id })),
  shape,
);
const corrupt = (field: string) =>
  expect.objectContaining({ code: 'SHARD_CORRUPT', details: expect.objectContaining({ file: 'k', field }) });

describe('a shard', () => {
  it('gives back every table, of bytes or floats, of any number of clips', () => {
    fc.assert(
      fc.property(anyClipTable, (table) => {
        expect(plainColumns(decodeShard(encodeShard(table), 'k'))).toEqual(plainColumns(table));
      }),
    );
  });

  it('is the same bytes for the same table', () => {
    expect(Buffer.from(encodeShard(small)).equals(encodeShard(decodeShard(encodeShard(small), 'k')))).toBe(
      true,
    );
  });

  it('with one bit flipped anywhere is refused', () => {
    const bytes = encodeShard(small);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeShard(damaged, 'k'), `bit ${bit}`).toThrowError(
        expect.objectContaining({ code: 'SHARD_CORRUPT' }),
      );
    }
  });

  it('that is cut, or longer than it says, is refused', () => {
    const bytes = encodeShard(small);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeShard(bytes.subarray(0, length), 'k'), `${length} bytes`).toThrowError(
        corrupt('length'),
      );
    }
    expect(() => decodeShard(Buffer.concat([bytes, Buffer.alloc(8)]), 'k')).toThrowError(corrupt('length'));
  });

  it('that is something else is refused by its first bytes', () => {
    expect(() => decodeShard(Buffer.alloc(100, 'x'), 'k')).toThrowError(corrupt('magic'));
  });

  it('is read as views on its bytes, not as copies', () => {
    const bytes = encodeShard(small);
    const table = decodeShard(bytes, 'k');
    const { frames, frameCounts, labelOffsets, labelIndices, starts, ends } = table;
    for (const column of [frames, frameCounts, labelOffsets, labelIndices, starts, ends]) {
      expect(column.buffer).toBe(bytes.buffer);
      expect(column.byteOffset % 8).toBe(0);
    }
  });

  it('tells its columns from the bytes before its frames', () => {
    fc.assert(
      fc.property(anyClipTable, (table) => {
        const bytes = encodeShard(table);
        const start = framesStart(bytes.length, table.clips, { ...table, dtype: dtypeOf(table) });
        const { frames: _, ...columns } = table;
        expect(plainColumns(decodeShardColumns(bytes.subarray(0, start), 'k'))).toEqual(
          plainColumns(columns),
        );
      }),
    );
    expect(() => decodeShardColumns(encodeShard(small), 'k')).toThrowError(corrupt('length'));
  });

  it('that does not start on an 8-byte border is read all the same', () => {
    const shifted = Buffer.concat([Buffer.alloc(3), encodeShard(small)]).subarray(3);
    expect(plainColumns(decodeShard(shifted, 'k'))).toEqual(plainColumns(small));
  });
});
