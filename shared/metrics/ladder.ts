/** Ladders with more bins than this would leave the fast caches. */
const mostBins = 65_536;
/** So many that few bins have a rung: most scores are then placed without a comparison. */
const binsPerRung = 16;

/** Key of +∞; what lies beyond it, or below its negative, is no number. */
const infinityKey = 0x7f80_0000;
const magnitude = 0x7fff_ffff;
const undecided = -1;

/**
 * The distinct scores of one class's positives, ready for looking up where other scores stand among them. Scores are
 * compared by their keys, whole numbers in the order of the floats; -0 and 0 have the same.
 */
export interface Ladder {
  /** Keys, ascending, at least one. */
  readonly rungs: Int32Array;
  /** Positives on each rung. */
  readonly positives: Uint32Array;
  /** Key >> shift is its bin; bin `firstBin` is the one below the lowest rung's. */
  readonly shift: number;
  readonly firstBin: number;
  /** The place (see `placeScores`) of all scores of a bin; `undecided` where a rung lies in it. */
  readonly placeOfBin: Int32Array;
  /** Rungs below each bin. */
  readonly rungsBelow: Uint32Array;
}

/** @param keys of the positives' scores, at least one; sorted in place */
export function buildLadder(keys: Int32Array): Ladder {
  keys.sort();
  const rungs = new Int32Array(keys.length);
  const positives = new Uint32Array(keys.length);
  let count = 0;
  for (const key of keys) {
    if (count === 0 || rungs[count - 1] !== key) rungs[count++] = key;
    positives[count - 1]!++;
  }
  const bins = Math.min(mostBins, 2 ** Math.ceil(Math.log2(binsPerRung * count)));
  const span = rungs[count - 1]! - rungs[0]! + 1;
  // At least 1: the distance of two keys needs 33 bits, and that of two bins is to fit into 32.
  const shift = Math.max(1, Math.ceil(Math.log2(span / bins)));
  const firstBin = (rungs[0]! >> shift) - 1;
  // One bin more at either end: for all that lies below the lowest rung's bin, and above the highest one's.
  const used = (rungs[count - 1]! >> shift) - firstBin + 2;
  const rungsBelow = new Uint32Array(used);
  for (let rung = 0; rung < count; rung++) rungsBelow[(rungs[rung]! >> shift) - firstBin + 1]!++;
  const placeOfBin = new Int32Array(used);
  for (let bin = 1; bin < used; bin++) {
    if (rungsBelow[bin]! > 0) placeOfBin[bin - 1] = undecided;
    rungsBelow[bin]! += rungsBelow[bin - 1]!;
    placeOfBin[bin] = 2 * rungsBelow[bin]!;
  }
  return {
    rungs: rungs.subarray(0, count),
    positives: positives.subarray(0, count),
    shift,
    firstBin,
    placeOfBin,
    rungsBelow,
  };
}

/** The key of a float with these bits. */
export function scoreKey(bits: number): number {
  return bits < 0 ? -(bits & magnitude) : bits;
}

export function isNumberKey(key: number): boolean {
  return key <= infinityKey && key >= -infinityKey;
}

/**
 * Writes to `places` where scores stand on the ladder: 0 below it, 2 j + 1 on rung j, 2 j + 2 above rung j and below
 * the next. The places of two rows are in the order of their scores as far as positives can tell. Expected O(1) a
 * score, O(log rungs) at worst.
 *
 * @param bits of the scores: an Int32Array over the Float32Array
 * @param places as many as there are scores
 * @returns false when one of them is not a number
 */
export function placeScores(ladder: Ladder, bits: Int32Array, places: Uint32Array): boolean {
  const { rungs, shift, firstBin, placeOfBin, rungsBelow } = ladder;
  const lastBin = placeOfBin.length - 1;
  let beyond = 0;
  // No branch but for the few scores that share a bin with a rung: any other would be guessed wrong half the time.
  for (let i = 0; i < places.length; i++) {
    const word = bits[i]!;
    const size = word & magnitude;
    beyond |= infinityKey - size;
    const sign = word >> 31;
    const key = (size ^ sign) - sign;
    let bin = (key >> shift) - firstBin;
    bin &= ~(bin >> 31);
    const over = lastBin - bin;
    bin += over & (over >> 31);
    const place = placeOfBin[bin]!;
    places[i] = place === undecided ? compare(rungs, key, rungsBelow[bin]!, rungsBelow[bin + 1]!) : place;
  }
  return beyond >= 0;
}

/** The place of a key above `below` rungs at least and `end` at most. */
function compare(rungs: Int32Array, key: number, below: number, end: number): number {
  let first = below;
  let last = end;
  while (first < last) {
    const middle = (first + last) >>> 1;
    if (rungs[middle]! <= key) first = middle + 1;
    else last = middle;
  }
  return 2 * first - (first > 0 && rungs[first - 1] === key ? 1 : 0);
}
