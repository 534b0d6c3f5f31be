import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBalancedSampler } from '../../../shared/training/balanced-sampler.ts';

/** One label a clip; `counts[k]` clips of label k, and at the end clips without any. */
function labelled(counts: readonly number[], unlabelled = 0) {
  const labels = counts.flatMap((count, label) => Array.from({ length: count }, () => label));
  const clips = labels.length + unlabelled;
  return {
    labelOffsets: Uint32Array.from({ length: clips + 1 }, (_, row) => Math.min(row, labels.length)),
    labelIndices: Uint16Array.from(labels),
    rows: Uint32Array.from({ length: clips }, (_, row) => row),
    labelOf: (row: number) => labels[row] ?? -1,
  };
}

function draws(table: ReturnType<typeof labelled>, batchSize: number, steps: number, seed = 1) {
  const sampler = createBalancedSampler(table, table.rows, batchSize, seed);
  return Array.from({ length: steps }, (_, step) => [...sampler.batch(step)]);
}

function tally<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

describe('the balanced sampler', () => {
  it.each([
    [[20, 50, 100, 200, 30], 500],
    [[400, 40, 10], 500],
  ])('fills batches and shares them evenly where the reference cannot: %j', (counts, batchSize) => {
    const table = labelled(counts);
    for (const batch of draws(table, batchSize, 4)) {
      expect(batch.length).toBe(batchSize);
      for (const count of tally(batch.map(table.labelOf)).values()) {
        // A round may be cut at either end of the batch.
        expect(Math.abs(count - batchSize / counts.length)).toBeLessThan(2);
      }
    }
  });

  it('draws labels, and the clips of each label, equally often whatever their number', async () => {
    const some = fc.array(fc.nat(9), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.property(
        some,
        fc.nat(3),
        fc.integer({ min: 1, max: 23 }),
        fc.nat(99),
        (counts, bare, batch, seed) => {
          const table = labelled(counts, bare);
          if (table.rows.length === 0) return;
          const drawn = draws(table, batch, 12, seed).flat();
          const groups = [...counts, bare].filter((count) => count > 0).length;
          const perLabel = tally(drawn.map(table.labelOf));
          if (drawn.length >= groups) expect(perLabel.size).toBe(groups);
          expect(Math.max(...perLabel.values()) - Math.min(...perLabel.values())).toBeLessThanOrEqual(1);
          const perClip = tally(drawn);
          for (const row of table.rows) {
            const own = [...table.rows].filter((other) => table.labelOf(other) === table.labelOf(row)).length;
            const total = perLabel.get(table.labelOf(row)) ?? 0;
            const times = perClip.get(row) ?? 0;
            expect([Math.floor(total / own), Math.ceil(total / own)]).toContain(times);
          }
        },
      ),
    );
  });

  it('draws a clip of several labels through each of them, and none that is not among its rows', () => {
    const table = { labelOffsets: Uint32Array.of(0, 2, 3, 4), labelIndices: Uint16Array.of(0, 1, 1, 5) };
    const sampler = createBalancedSampler(table, Uint32Array.of(0, 1), 8, 1);
    expect(tally([...sampler.batch(0)])).toEqual(
      new Map([
        [0, 6],
        [1, 2],
      ]),
    );
  });

  it('needs the step alone, not the steps before', () => {
    const table = labelled([5, 3, 1], 2);
    const batches = draws(table, 7, 9);
    for (const step of [8, 2, 5]) {
      expect([...createBalancedSampler(table, table.rows, 7, 1).batch(step)]).toEqual(batches[step]);
    }
    expect(draws(table, 7, 9, 2)).not.toEqual(batches);
  });

  it('draws what it has always drawn', () => {
    expect(draws(labelled([3, 2, 4], 1), 6, 3)).toEqual([
      [9, 3, 6, 0, 2, 9],
      [7, 4, 1, 8, 3, 9],
      [9, 1, 4, 5, 9, 0],
    ]);
  });
});
