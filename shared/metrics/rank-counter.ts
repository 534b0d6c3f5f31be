import { EarshotError } from '../errors/earshot-error.ts';

/** The label columns of a clip table. */
export interface LabelledClips {
  readonly clips: number;
  /** `[n + 1]` */
  readonly labelOffsets: Uint32Array;
  /** Of clip i: `labelIndices[labelOffsets[i] .. labelOffsets[i + 1])`, ascending, each below C. */
  readonly labelIndices: Uint16Array;
}

export interface ClassRankSums {
  readonly positives: number;
  /** Σ over positives of the precision at their score. */
  readonly precisionSum: number;
  /** Pairs (positive, other) in which the positive has the higher score; ties count one half. */
  readonly pairsWon: number;
}

export interface RankSums {
  readonly clips: number;
  readonly classes: readonly ClassRankSums[];
}

/**
 * Counts what average precision and ROC AUC need, exactly and with ties, in two passes over the scores
 * and with memory for the positives only: O(N C log P) with P positives a class, and no sort of N.
 * Both follow from how many clips score at least as high as each positive, and how many just as high.
 */
export interface RankCounter {
  /**
   * First pass, each clip once: a block of score rows `[m, C]` that begins with clip `first`.
   * @throws EarshotError INTERNAL_FAULT when a positive's score is not a number
   */
  collectPositives(first: number, scores: Float32Array): void;
  /**
   * Second pass, each clip once, in any order and blocks: score rows `[m, C]`.
   * @throws EarshotError INTERNAL_FAULT when a score is not a number
   */
  countScores(scores: Float32Array): void;
  finish(): RankSums;
}

export function createRankCounter(table: LabelledClips, labels: number): RankCounter {
  const { labelOffsets, labelIndices } = table;
  const firstOfClass = classOffsets(labelIndices, labels);
  /** Scores of the positives of class k: `thresholds[firstOfClass[k] .. firstOfClass[k + 1])`. */
  const thresholds = new Float32Array(labelIndices.length);
  const filled = firstOfClass.slice(0, labels);
  /** Scores of class k from threshold j up to the next one, and those equal to threshold j. */
  const between = new Uint32Array(labelIndices.length);
  const equal = new Uint32Array(labelIndices.length);
  let sorted = false;
  let counted = 0;

  const sortPositives = () => {
    for (let k = 0; k < labels; k++) thresholds.subarray(firstOfClass[k]!, firstOfClass[k + 1]!).sort();
    sorted = true;
  };

  return {
    collectPositives(first, scores) {
      for (let row = 0; row < scores.length / labels; row++) {
        for (let i = labelOffsets[first + row]!; i < labelOffsets[first + row + 1]!; i++) {
          const label = labelIndices[i]!;
          const score = scores[row * labels + label]!;
          if (Number.isNaN(score)) throw notANumber();
          thresholds[filled[label]!++] = score;
        }
      }
    },

    countScores(scores) {
      if (!sorted) sortPositives();
      counted += scores.length / labels;
      for (let at = 0; at < scores.length; at += labels) {
        for (let k = 0; k < labels; k++) {
          const score = scores[at + k]!;
          const first = firstOfClass[k]!;
          let above = firstOfClass[k + 1]!;
          // Most scores lie below every positive of their class: no search for them.
          if (first === above || score < thresholds[first]!) continue;
          if (Number.isNaN(score)) throw notANumber();
          let below = first;
          while (above - below > 1) {
            const middle = (below + above) >>> 1;
            if (thresholds[middle]! <= score) below = middle;
            else above = middle;
          }
          between[below]!++;
          if (thresholds[below] === score) equal[below]!++;
        }
      }
    },

    finish() {
      const classes = Array.from({ length: labels }, (_, k) => {
        const [from, to] = [firstOfClass[k]!, firstOfClass[k + 1]!];
        return sumRanks(
          thresholds.subarray(from, to),
          between.subarray(from, to),
          equal.subarray(from, to),
          counted,
        );
      });
      return { clips: counted, classes };
    },
  };
}

/**
 * @param thresholds scores of the positives, ascending; of equal ones the last carries the counts
 * @param between scores from threshold j up to the next higher one
 * @param equal scores equal to threshold j
 */
function sumRanks(
  thresholds: Float32Array,
  between: Uint32Array,
  equal: Uint32Array,
  clips: number,
): ClassRankSums {
  const positives = thresholds.length;
  const others = clips - positives;
  let precisionSum = 0;
  let pairsWon = 0;
  let atLeast = 0;
  let last = positives - 1;
  while (last >= 0) {
    let first = last;
    while (first > 0 && thresholds[first - 1] === thresholds[last]) first--;
    const tied = last - first + 1;
    const truePositives = positives - first;
    atLeast += between[last]!;
    precisionSum += (tied * truePositives) / atLeast;
    const othersTied = equal[last]! - tied;
    const othersBelow = others - (atLeast - truePositives);
    pairsWon += tied * (othersBelow + othersTied / 2);
    last = first - 1;
  }
  return { positives, precisionSum, pairsWon };
}

function classOffsets(labelIndices: Uint16Array, labels: number): Uint32Array {
  const offsets = new Uint32Array(labels + 1);
  for (const label of labelIndices) offsets[label + 1]!++;
  for (let k = 0; k < labels; k++) offsets[k + 1]! += offsets[k]!;
  return offsets;
}

function notANumber(): EarshotError {
  return new EarshotError('INTERNAL_FAULT', { field: 'score', expected: 'a number', received: 'NaN' });
}
