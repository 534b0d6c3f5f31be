import type { ClipDraws } from './clip-draws.ts';
import type { RankedClips } from './ranked-clips.ts';

/** Average precision and ROC AUC of one class in each lane of a batch of draws; NaN where undefined. */
export interface RankSums {
  readonly AP: Float64Array;
  readonly AUC: Float64Array;
  /** @param packed draws of each clip, from `ClipDraws.batch` */
  add(ranked: RankedClips, packed: Float64Array): void;
  /** What a class without positives has. */
  clear(): void;
}

/** @param clips draws in a replicate */
export function createRankSums({ lanes, base }: ClipDraws, clips: number): RankSums {
  const AP = new Float64Array(lanes);
  const AUC = new Float64Array(lanes);
  const hits = new Float64Array(lanes);
  const others = new Float64Array(lanes);
  /** Pairs (positive, other) that the other wins; ties half. */
  const lost = new Float64Array(lanes);
  const [above, tied, othersTied] = [0, 1, 2].map(() => new Float64Array(lanes)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];

  const unpack = (sum: number, into: Float64Array) => {
    let rest = sum;
    for (let lane = 0; lane < lanes; lane++) {
      const higher = Math.floor(rest / base);
      into[lane] = rest - higher * base;
      rest = higher;
    }
  };

  return {
    AP,
    AUC,
    add({ order, ends }, packed) {
      for (const sums of [AP, hits, others, lost]) sums.fill(0);
      for (let group = 0, at = 0; group < ends.length; group += 3) {
        let sum = 0;
        for (const end = ends[group]!; at < end; at++) sum += packed[order[at]!]!;
        unpack(sum, above);
        sum = 0;
        for (const end = ends[group + 1]!; at < end; at++) sum += packed[order[at]!]!;
        unpack(sum, tied);
        sum = 0;
        for (const end = ends[group + 2]!; at < end; at++) sum += packed[order[at]!]!;
        unpack(sum, othersTied);
        for (let lane = 0; lane < lanes; lane++) {
          const positives = tied[lane]!;
          others[lane]! += above[lane]!;
          lost[lane]! += positives * (others[lane]! + othersTied[lane]! / 2);
          others[lane]! += othersTied[lane]!;
          hits[lane]! += positives;
          if (positives > 0) AP[lane]! += (positives * hits[lane]!) / (hits[lane]! + others[lane]!);
        }
      }
      for (let lane = 0; lane < lanes; lane++) {
        const pairs = hits[lane]! * (clips - hits[lane]!);
        AP[lane] = pairs === 0 ? Number.NaN : AP[lane]! / hits[lane]!;
        AUC[lane] = pairs === 0 ? Number.NaN : 1 - lost[lane]! / pairs;
      }
    },
    clear() {
      AP.fill(Number.NaN);
      AUC.fill(Number.NaN);
    },
  };
}
