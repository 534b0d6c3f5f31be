import { dtypeOf } from '../dataset/clip-rows.ts';
import { frameBytes } from '../dataset/shard-format.ts';
import type { StreamedClips } from '../dataset/streamed-clips.ts';
import { type Batch, emptyBatch, fillClip } from './batch.ts';
import type { BatchSource } from './prepare-batch.ts';
import { WindowFrames } from './window-frames.ts';
import { createWindowedSampler } from './windowed-sampler.ts';

/** The window in use, the next one, and the one before, whose memory may not have been given back yet. */
const windowsInMemory = 3;

/** Clips of a window. */
export function windowClips(table: StreamedClips, megabytes: number): number {
  const { width, maxFrames } = table;
  const bytesPerClip = frameBytes(1, { width, maxFrames, dtype: dtypeOf(table) });
  return Math.max(1, Math.floor((megabytes * 1e6) / windowsInMemory / bytesPerClip));
}

/** Gathers the batch of each step from the window that it is drawn from; rejects as `StreamedClips.readBlock` does. */
export function streamedBatches(
  { spec, settings, preprocessing, rows }: Omit<BatchSource, 'table'>,
  table: StreamedClips,
  clips: number,
): (step: number) => Promise<Batch> {
  const sampler = createWindowedSampler(table, rows, settings, clips);
  const frames = new WindowFrames(table, sampler.after);
  return async (step) => {
    const batch = emptyBatch(settings.batchSize, table, spec.labels);
    let i = 0;
    for (const part of sampler.batch(step)) {
      const window = await frames.open(part.window);
      for (const row of part.rows) {
        const block = blockOf(table.blocks, row);
        fillClip(batch, i++, window.get(block)!, row - table.blocks[block]!.first, preprocessing);
      }
    }
    return batch;
  };
}

/** By bisection: the block that the row lies in. */
function blockOf(blocks: StreamedClips['blocks'], row: number): number {
  let [low, high] = [0, blocks.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (blocks[middle]!.first <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
