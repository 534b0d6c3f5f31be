import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWindowedSampler } from '../../../shared/training/windowed-sampler.ts';

/** Blocks of the given sizes; each clip has one of three labels. */
function tableOf(sizes: readonly number[]) {
  let clips = 0;
  const blocks = sizes.map((size) => {
    const block = { first: clips, clips: size };
    clips += size;
    return block;
  });
  return {
    blocks,
    labelOffsets: Uint32Array.from({ length: clips + 1 }, (_, row) => row),
    labelIndices: Uint16Array.from({ length: clips }, (_, row) => (row % 7 === 0 ? 0 : 1 + (row % 2))),
    rows: Uint32Array.from({ length: clips }, (_, row) => row).filter((row) => row % 5 !== 4),
  };
}

const settings = { sampling: 'shuffled', batchSize: 7, seed: 1 } as const;
const sizes = [9, 4, 12, 1, 30, 6, 8];

describe('the windowed sampler', () => {
  it('draws every clip once an epoch, from blocks that fit into its windows', async () => {
    const some = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.property(
        some,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 20 }),
        (of, room, batchSize) => {
          const table = tableOf(of);
          const { rows } = table;
          const sampler = createWindowedSampler(table, rows, { ...settings, batchSize }, room);
          const drawn: number[] = [];
          for (let step = 0; drawn.length < 2 * rows.length; step++) {
            const parts = sampler.batch(step);
            expect(parts.reduce((sum, part) => sum + part.rows.length, 0)).toBe(batchSize);
            for (const { window, rows: own } of parts) {
              const clips = window.blocks.reduce((sum, block) => sum + table.blocks[block]!.clips, 0);
              expect(clips <= room || window.blocks.length === 1).toBe(true);
              for (const row of own) {
                const inside = window.blocks.some((block) => {
                  const { first, clips: count } = table.blocks[block]!;
                  return row >= first && row < first + count;
                });
                expect(inside).toBe(true);
                drawn.push(row);
              }
            }
          }
          for (const epoch of [0, 1]) {
            const once = drawn.slice(epoch * rows.length, (epoch + 1) * rows.length);
            expect(once.sort((a, b) => a - b)).toEqual([...rows]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('needs the step alone, and names the windows in the order in which they are drawn from', () => {
    const table = tableOf(sizes);
    const make = () => createWindowedSampler(table, table.rows, settings, 20);
    const sampler = make();
    const batches = Array.from({ length: 40 }, (_, step) => sampler.batch(step));
    for (const step of [31, 3, 17]) expect(make().batch(step)).toEqual(batches[step]);
    const windows = batches.flat().map(({ window }) => window);
    for (const [i, window] of windows.entries()) {
      const next = windows[i + 1];
      if (next === undefined || (next.epoch === window.epoch && next.index === window.index)) continue;
      expect(sampler.after(window)).toEqual(next);
    }
    expect(new Set(windows.map(({ epoch }) => epoch)).size).toBeGreaterThan(2);
  });

  it('takes the blocks in another order each epoch', () => {
    const table = tableOf(sizes);
    const perEpoch = { ...settings, batchSize: table.rows.length };
    const sampler = createWindowedSampler(table, table.rows, perEpoch, 20);
    const orders = [0, 1, 2].map((epoch) =>
      sampler
        .batch(epoch)
        .flatMap(({ window }) => window.blocks)
        .join(),
    );
    expect(new Set(orders).size).toBe(3);
  });

  it('balances labels within a window', () => {
    const table = tableOf([40, 40]);
    const balanced = { ...settings, sampling: 'balanced', batchSize: 32 } as const;
    const sampler = createWindowedSampler(table, table.rows, balanced, 40);
    const counts = [0, 0, 0];
    for (const { rows } of sampler.batch(0)) for (const row of rows) counts[table.labelIndices[row]!]!++;
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});
