import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClipColumns } from '../../../shared/dataset/clip-columns.ts';
import { clipTableOf, type EmbeddingShape } from '../../../shared/dataset/clip-rows.ts';
import type { Clip } from '../../../shared/dataset/clip-table.ts';
import { encodeShard } from '../../../shared/dataset/shard-format.ts';
import { rowsById, shardOfRows } from '../../../shared/dataset/shard-of-rows.ts';
import { encodeTfRecordFile } from '../../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import { inspectClips } from '../../../shared/validation/inspect-clips.ts';
import { uploadLimits } from '../../../shared/validation/limits.ts';
import { anyShape } from '../../fixtures/clip-tables.ts';
import { anyClips, clipOf } from '../../fixtures/clips.ts';
import { streamOf } from '../../fixtures/stream-of.ts';

async function columnsOf(clips: readonly Clip[], shape: EmbeddingShape, chunkBytes?: number) {
  const columns = new ClipColumns(shape);
  const file = encodeTfRecordFile(clips.map(clipToSequenceExample));
  await inspectClips(streamOf(file, chunkBytes), { ...shape, ...uploadLimits }, 'a.tfrecord', columns);
  return columns;
}

const byId = (a: Clip, b: Clip) => (a.id < b.id ? -1 : 1);
/** As text, so that a difference is quick to find. */
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('a shard cut from columns', () => {
  test('is the shard of the table of the same clips, sorted by id, however the file is cut', async () => {
    const anyUpload = anyShape.chain((shape) => fc.tuple(anyClips(shape, 12), fc.constant(shape)));
    await fc.assert(
      fc.asyncProperty(anyUpload, fc.integer({ min: 1, max: 600 }), async ([clips, shape], chunkBytes) => {
        const columns = await columnsOf(clips, shape, chunkBytes);
        const shard = shardOfRows(columns, rowsById(columns));
        const table = clipTableOf(clips.toSorted(byId), shape);
        expect(hex(shard.bytes)).toBe(hex(encodeShard(table)));
        expect(shard).toMatchObject({ clips: table.clips, labels: table.labelIndices.length });
      }),
      { numRuns: 200 },
    );
  });

  test('holds the given rows alone, in the given order', async () => {
    const shape = { width: 3, maxFrames: 2, dtype: 'uint8' } as const;
    const clips = ['a', 'b', 'c', 'd'].map((id, i) =>
      clipOf(shape, { id, labels: [i], frameCount: 1 + (i % 2) }),
    );
    const columns = await columnsOf(clips, shape);
    const some = clipTableOf([clips[3]!, clips[1]!], shape);
    expect(hex(shardOfRows(columns, Uint32Array.of(3, 1)).bytes)).toBe(hex(encodeShard(some)));
  });
});

describe('rows by id', () => {
  test('are in the order in which JavaScript compares strings', async () => {
    const shape = { width: 1, maxFrames: 1, dtype: 'uint8' } as const;
    const unit = fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '𐀀', '\u{10ffff}');
    const anyIds = fc.uniqueArray(fc.string({ unit, minLength: 1, maxLength: 4 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(anyIds, async (ids) => {
        const columns = await columnsOf(
          ids.map((id) => clipOf(shape, { id })),
          shape,
        );
        expect([...rowsById(columns)].map((row) => columns.ids.text(row))).toEqual(ids.toSorted());
      }),
    );
  });
});
