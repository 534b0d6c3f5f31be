import { randomFor } from '../model/random-streams.ts';

export interface Sampler {
  /** The clips of a step, `[batchSize]` table indices. Depends on the step alone, not on earlier calls. */
  batch(step: number): Uint32Array;
}

/**
 * Shuffled natural-order sampling: the epochs' permutations one behind the other, cut into batches of
 * equal size (a batch may lie across two epochs), so that each epoch has every clip exactly once.
 *
 * @param clips table indices to draw from, at least one
 */
export function createSampler(clips: Uint32Array, batchSize: number, seed: number): Sampler {
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
