import type { ClipTable } from '../dataset/clip-table.ts';
import { randomFor } from '../model/random-streams.ts';
import { createBalancedSampler } from './balanced-sampler.ts';
import type { ResolvedSettings } from './settings.ts';

/**
 * Draws the clips of each step. Made of whole numbers alone, so the same on every engine; and a batch follows from
 * seed and step, so a resumed run needs no other state.
 */
export interface Sampler {
  /** The clips of a step, `[batchSize]` table indices. Depends on the step alone, not on earlier calls. */
  batch(step: number): Uint32Array;
}

/** The sampler of a run. @param rows table indices to draw from, at least one */
export function createSampler(
  table: Pick<ClipTable, 'labelOffsets' | 'labelIndices'>,
  rows: Uint32Array,
  { sampling, batchSize, seed }: Pick<ResolvedSettings, 'sampling' | 'batchSize' | 'seed'>,
): Sampler {
  return sampling === 'balanced'
    ? createBalancedSampler(table, rows, batchSize, seed)
    : createShuffledSampler(rows, batchSize, seed);
}

/**
 * Shuffled natural-order sampling: the epochs' permutations one behind the other, cut into batches of
 * equal size (a batch may lie across two epochs), so that each epoch has every clip exactly once.
 *
 * @param clips table indices to draw from, at least one
 */
export function createShuffledSampler(clips: Uint32Array, batchSize: number, seed: number): Sampler {
  const permutations = new Map<number, Uint32Array>();
  const permutation = (epoch: number): Uint32Array => {
    let order = permutations.get(epoch);
    if (order === undefined) {
      // Only the current epoch and, at its end, the next one are in use.
      for (const other of permutations.keys()) if (other < epoch - 1) permutations.delete(other);
      order = clips.slice();
      randomFor('shuffle', seed, epoch).shuffle(order);
      permutations.set(epoch, order);
    }
    return order;
  };
  return {
    batch(step) {
      const rows = new Uint32Array(batchSize);
      for (let i = 0; i < batchSize; i++) {
        const position = step * batchSize + i;
        const epoch = Math.floor(position / clips.length);
        rows[i] = permutation(epoch)[position - epoch * clips.length]!;
      }
      return rows;
    },
  };
}
