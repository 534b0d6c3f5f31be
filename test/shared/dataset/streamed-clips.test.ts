import { beforeAll, expect, it } from 'vitest';
import type { ClipTable } from '../../../shared/dataset/clip-table.ts';
import { readSplit } from '../../../shared/dataset/read-shards.ts';
import {
  heldClips,
  isStreamed,
  type StreamedClips,
  streamSplit,
} from '../../../shared/dataset/streamed-clips.ts';
import { writeShard } from '../../../shared/dataset/write-shards.ts';
import { framesOf } from '../../../shared/training/batch.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { toneClips } from '../training/tone-clips.ts';

const freshBucket = freshBuckets();
let whole: ClipTable;
let streamed: StreamedClips;

beforeAll(async () => {
  const store = await freshBucket();
  const shards = [];
  for (const [seed, clips] of [90, 40, 30].entries()) {
    shards.push(await writeShard(store, 'set', 'train', toneClips({ clips, seed: seed + 1 })));
  }
  const labels = shards.reduce((sum, shard) => sum + shard.labels, 0);
  const split = { clips: 160, labels, shards };
  const snapshot = {
    shape: { width: 8, maxFrames: 3, dtype: 'uint8' },
    splits: { train: split, eval: split },
  } as const;
  whole = await readSplit(store, snapshot, 'train');
  streamed = await streamSplit(store, snapshot, 'train');
});

it('a streamed split has all columns but the frames', () => {
  expect({ ...streamed, blocks: null, readBlock: null, frames: null }).toEqual({
    ...whole,
    blocks: null,
    readBlock: null,
    frames: null,
  });
  expect([isStreamed(streamed), isStreamed(whole)]).toEqual([true, false]);
  expect(() => framesOf(streamed, 3)).toThrow('the frames of clip 3 are not in memory');
});

it('its blocks follow each other and have the frames', async () => {
  let row = 0;
  for (const [index, { first, clips }] of streamed.blocks.entries()) {
    expect(first).toBe(row);
    const block = await streamed.readBlock(index);
    for (let i = 0; i < clips; i++, row++) {
      expect(block.ids[i]).toBe(whole.ids[row]);
      expect(framesOf(block, i)).toEqual(framesOf(whole, row));
    }
  }
  expect(row).toBe(whole.clips);
});

it('some of its clips can be held', async () => {
  const rows = Uint32Array.of(0, 5, 6, 120, 159);
  const held = await heldClips(streamed, rows);
  expect(held).toEqual(await heldClips(whole, rows));
  expect(held.ids).toEqual([...rows].map((row) => whole.ids[row]));
});
