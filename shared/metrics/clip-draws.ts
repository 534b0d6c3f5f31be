import { SeededRandom } from '../random/seeded-random.ts';

/** Whole numbers up to 2^53 are exact in a double. */
const exactBits = 53;
const mostLanes = 4;

/**
 * How often each clip is drawn in some bootstrap replicates: as many draws with replacement as there are clips.
 * Several replicates lie side by side in one double, each in a lane that can hold the number of all clips, so that
 * one addition counts for all of them.
 */
export interface ClipDraws {
  readonly replicates: number;
  /** Replicates in one double. */
  readonly lanes: number;
  /** Value of one in the second lane. */
  readonly base: number;
  /** Draws of each clip in replicates `[first, first + lanes)`: the same for the same seed, whatever was asked before. */
  batch(first: number): Float64Array;
}

export function drawClips(clips: number, replicates: number, seed: number): ClipDraws {
  const bits = Math.ceil(Math.log2(clips + 1));
  const lanes = Math.max(1, Math.min(mostLanes, Math.floor(exactBits / bits)));
  const base = 2 ** bits;
  const packed = new Float64Array(clips);
  return {
    replicates,
    lanes,
    base,
    batch(first) {
      packed.fill(0);
      for (let lane = 0; lane < Math.min(lanes, replicates - first); lane++) {
        const random = new SeededRandom(seed, first + lane);
        const one = base ** lane;
        for (let draw = 0; draw < clips; draw++) packed[random.below(clips)]! += one;
      }
      return packed;
    },
  };
}
