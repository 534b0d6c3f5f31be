import { EarshotError } from '../errors/earshot-error.ts';
import { classOffsets, type LabelledClips } from './labelled-clips.ts';
import { buildLadder, isNumberKey, type Ladder, placeScores, scoreKey } from './ladder.ts';

/** Scores are turned into columns in tiles: all values of one cache line, and as many rows as the caches hold. */
const tileRows = 2048;
const tileClasses = 16;
/** Keeps columns a power of two apart from falling on the same lines of the cache. */
const tilePadding = 16;

/** How the clips of one class rank, as far as average precision and ROC AUC depend on it. */
export interface ClassRanks {
  readonly positives: number;
  /** Distinct scores of the positives, descending, and with each one how many clips have it or a higher one. */
  readonly thresholds: Float32Array;
  /** Positives with that score or a higher one; the last is all. */
  readonly hits: Uint32Array;
  /** Clips with that score or a higher one. */
  readonly atLeast: Uint32Array;
  /** Clips with that very score. */
  readonly equal: Uint32Array;
}

export interface Ranks {
  readonly clips: number;
  readonly classes: readonly ClassRanks[];
}

/**
 * Counts what average precision, ROC AUC and thresholds need, exactly and with ties, in two passes over the scores and
 * with memory for the positives only: no matrix of N × C, no sort of N. It all follows from how many clips score at
 * least as high as each positive, and how many just as high.
 */
export interface RankCounter {
  /**
   * First pass, each clip once: a block of score rows `[m, C]` that begins with clip `first`.
   * @throws EarshotError INTERNAL_FAULT when a positive's score is not a number
   */
  collectPositives(first: number, scores: Float32Array): void;
  /**
   * Second pass, each clip once, in any order and blocks: score rows `[m, C]`.
   * @throws EarshotError INTERNAL_FAULT when a score of a class with positives is not a number
   */
  countScores(scores: Float32Array): void;
  finish(): Ranks;
}

export function createRankCounter(table: LabelledClips, labels: number): RankCounter {
  const collector = collectKeys(table, labels);
  let ladders: (Ladder | null)[] | null = null;
  let tallies: Uint32Array[] = [];
  let counted = 0;

  return {
    collectPositives: collector.collect,

    countScores(scores) {
      if (ladders === null) {
        ladders = collector.ladders();
        tallies = ladders.map((ladder) => new Uint32Array(ladder === null ? 0 : 2 * ladder.rungs.length + 1));
      }
      const bits = bitsOf(scores);
      forEachColumn(bits, labels, (k, column, places) => {
        const ladder = ladders![k]!;
        if (ladder === null) return;
        if (!placeScores(ladder, column, places)) throw notANumber();
        const tally = tallies[k]!;
        for (let i = 0; i < places.length; i++) tally[places[i]!]!++;
      });
      counted += scores.length / labels;
    },

    finish() {
      const all = ladders ?? collector.ladders();
      return { clips: counted, classes: all.map((ladder, k) => ranksOf(ladder, tallies[k]!)) };
    },
  };
}

/**
 * The ladder of each class; null for one without positives.
 * @param scores `[n, C]`
 * @throws EarshotError INTERNAL_FAULT when a positive's score is not a number
 */
export function laddersOf(table: LabelledClips, labels: number, scores: Float32Array): (Ladder | null)[] {
  const collector = collectKeys(table, labels);
  collector.collect(0, scores);
  return collector.ladders();
}

export function bitsOf(scores: Float32Array): Int32Array {
  return new Int32Array(scores.buffer, scores.byteOffset, scores.length);
}

export function notANumber(): EarshotError {
  return new EarshotError('INTERNAL_FAULT', { field: 'score', expected: 'a number', received: 'NaN' });
}

/** Gives a matrix `[m, C]` column by column, each in pieces, with room for the places of a piece. */
function forEachColumn(
  bits: Int32Array,
  labels: number,
  take: (k: number, column: Int32Array, places: Uint32Array) => void,
): void {
  const rows = bits.length / labels;
  const most = Math.min(rows, tileRows);
  const pitch = most + tilePadding;
  const tile = new Int32Array(pitch * tileClasses);
  const places = new Uint32Array(most);
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    for (let k = 0; k < labels; k += tileClasses) {
      const classes = Math.min(tileClasses, labels - k);
      for (let i = 0; i < count; i++) {
        const from = (first + i) * labels + k;
        for (let j = 0, to = i; j < classes; j++, to += pitch) tile[to] = bits[from + j]!;
      }
      for (let j = 0; j < classes; j++) {
        take(k + j, tile.subarray(j * pitch, j * pitch + count), places.subarray(0, count));
      }
    }
  }
}

function collectKeys(table: LabelledClips, labels: number) {
  const { labelOffsets, labelIndices } = table;
  const offsets = classOffsets(table, labels);
  const keys = new Int32Array(labelIndices.length);
  const filled = offsets.slice(0, labels);
  return {
    collect(first: number, scores: Float32Array): void {
      const bits = bitsOf(scores);
      for (let row = 0; row < scores.length / labels; row++) {
        for (let i = labelOffsets[first + row]!; i < labelOffsets[first + row + 1]!; i++) {
          const label = labelIndices[i]!;
          const key = scoreKey(bits[row * labels + label]!);
          if (!isNumberKey(key)) throw notANumber();
          keys[filled[label]!++] = key;
        }
      }
    },
    ladders: (): (Ladder | null)[] =>
      Array.from({ length: labels }, (_, k) =>
        offsets[k] === offsets[k + 1] ? null : buildLadder(keys.subarray(offsets[k], offsets[k + 1])),
      ),
  };
}

/** @param tally clips at each place of the ladder */
function ranksOf(ladder: Ladder | null, tally: Uint32Array): ClassRanks {
  const steps = ladder?.rungs.length ?? 0;
  const thresholds = new Float32Array(steps);
  const hits = new Uint32Array(steps);
  const atLeast = new Uint32Array(steps);
  const equal = new Uint32Array(steps);
  let positives = 0;
  let clips = 0;
  for (let step = 0; step < steps; step++) {
    const rung = steps - 1 - step;
    positives += ladder!.positives[rung]!;
    clips += tally[2 * rung + 2]! + tally[2 * rung + 1]!;
    thresholds[step] = scoreOf(ladder!.rungs[rung]!);
    hits[step] = positives;
    atLeast[step] = clips;
    equal[step] = tally[2 * rung + 1]!;
  }
  return { positives, thresholds, hits, atLeast, equal };
}

const word = new Int32Array(1);
const float = new Float32Array(word.buffer);

/** The float that has this key. */
function scoreOf(key: number): number {
  word[0] = key < 0 ? -key | 0x8000_0000 : key;
  return float[0]!;
}
