import type { LabelledClips } from './labelled-clips.ts';
import { type Ladder, placeScores } from './ladder.ts';
import { bitsOf, laddersOf, notANumber } from './rank-counter.ts';

/** The clips of one class that score at least as high as its lowest positive, from the highest score down. */
export interface RankedClips {
  /** Clips, in groups: three for each distinct score of a positive, in this order, each of them maybe empty. */
  readonly order: Uint32Array;
  /** Where the groups end: `[3 n]`; clips above the score and below the score before; positives on it; others on it. */
  readonly ends: Uint32Array;
}

/**
 * @param scores `[n, C]` row-major
 * @returns for each class; null for one without positives
 * @throws EarshotError INTERNAL_FAULT when a score of a class with positives is not a number
 */
export function rankedClips(
  table: LabelledClips,
  labels: number,
  scores: Float32Array,
): (RankedClips | null)[] {
  const { clips } = table;
  const ladders = laddersOf(table, labels, scores);
  const bits = bitsOf(scores);
  const column = new Int32Array(clips);
  const places = new Uint32Array(clips);
  const positives = positivesOf(table, labels);
  return ladders.map((ladder, k) => {
    if (ladder === null) return null;
    for (let i = 0, from = k; i < clips; i++, from += labels) column[i] = bits[from]!;
    if (!placeScores(ladder, column, places)) throw notANumber();
    return sortByGroup(ladder, places, positives[k]!);
  });
}

/** A counting sort: place 2 j + 1 has two groups, the positives and the others. */
function sortByGroup(ladder: Ladder, places: Uint32Array, positives: Uint32Array): RankedClips {
  const steps = ladder.rungs.length;
  const counts = new Uint32Array(3 * steps + 1);
  const isPositive = new Uint8Array(places.length);
  for (const clip of positives) isPositive[clip] = 1;
  const groupOf = (clip: number): number => {
    const place = places[clip]!;
    // Place 2 j + 2 is the gap above rung j, and rung j is step `steps - 1 - j`.
    const group = 3 * (steps - 1 - ((place - 1) >> 1));
    return (place & 1) === 0 ? group : group + 2 - isPositive[clip]!;
  };
  for (let clip = 0; clip < places.length; clip++) if (places[clip]! > 0) counts[groupOf(clip) + 1]!++;
  for (let group = 1; group < counts.length; group++) counts[group]! += counts[group - 1]!;
  const ends = counts.slice(1);
  const order = new Uint32Array(counts.at(-1)!);
  for (let clip = 0; clip < places.length; clip++) {
    if (places[clip]! > 0) order[counts[groupOf(clip)]!++] = clip;
  }
  return { order, ends };
}

function positivesOf({ clips, labelOffsets, labelIndices }: LabelledClips, labels: number): Uint32Array[] {
  const lists: number[][] = Array.from({ length: labels }, () => []);
  for (let clip = 0; clip < clips; clip++) {
    for (let i = labelOffsets[clip]!; i < labelOffsets[clip + 1]!; i++) lists[labelIndices[i]!]!.push(clip);
  }
  return lists.map((list) => Uint32Array.from(list));
}
