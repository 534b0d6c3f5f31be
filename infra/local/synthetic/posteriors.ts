import { childrenOf, syntheticLabels } from './synthetic-labels.ts';
import { type FrameOdds, noisyOr } from './teacher.ts';

const labels = syntheticLabels.length;
const children = syntheticLabels.map(({ index }) => childrenOf(index));

/**
 * `[labels]`: probability that the label is positive of itself or through a child, from the probabilities
 * `own` of the first alone. Exact because every label has one parent at most, so that the children of a
 * label are independent given the frames.
 */
export function closeOverChildren(own: ArrayLike<number>): Float64Array {
  const closed = new Float64Array(labels);
  for (let label = labels - 1; label >= 0; label--) {
    closed[label] = 1 - (1 - own[label]!) * notThroughChildren(label, closed);
  }
  return closed;
}

function notThroughChildren(label: number, closed: ArrayLike<number>): number {
  let probability = 1;
  for (const child of children[label]!) probability *= 1 - syntheticLabels[child]!.closure * closed[child]!;
  return probability;
}

/** Probability that no label but `except` is positive; a parent is positive only through a positive label. */
function noneBut(except: number | null, own: ArrayLike<number>): number {
  let probability = 1;
  for (let label = 0; label < labels; label++) if (label !== except) probability *= 1 - own[label]!;
  return probability;
}

/**
 * `[labels]`: P(label | frames, the clip has a label at all), the exact posterior of what `drawLabels`
 * draws. AudioSet has no clip without a label.
 */
export function posteriorsOf(own: ArrayLike<number>): Float64Array {
  const some = 1 - noneBut(null, own);
  return closeOverChildren(own).map((probability) => probability / some);
}

/** `[labels]`: the teacher's probabilities for a clip, from the biases as factors on the odds. */
export const ownProbabilities = (odds: FrameOdds, clip: number, factors: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: labels }, (_, label) => noisyOr(odds, clip, label, factors[label]!));

/**
 * `[labels]`: the factors at which the mean posterior over the clips is the label's prevalence. Bisection
 * a label, children before parents, repeated because a clip's posteriors share the condition of having
 * a label.
 */
export function solveFactors(odds: FrameOdds): Float64Array {
  const factors = new Float64Array(labels);
  const own = Array.from({ length: odds.clips }, () => new Float64Array(labels));
  const closed = Array.from({ length: odds.clips }, () => new Float64Array(labels));
  for (let sweep = 0; sweep < 3; sweep++) {
    for (let label = labels - 1; label >= 0; label--) {
      // The other labels are all 0 at first, which would make every posterior 1.
      const none = own.map((row) => (sweep === 0 ? 0 : noneBut(label, row)));
      const notThrough = closed.map((row) => notThroughChildren(label, row));
      factors[label] = bisect(syntheticLabels[label]!.prevalence, (factor) => {
        let sum = 0;
        for (let clip = 0; clip < odds.clips; clip++) {
          const not = 1 - noisyOr(odds, clip, label, factor);
          sum += (1 - not * notThrough[clip]!) / (1 - not * none[clip]!);
        }
        return sum / odds.clips;
      });
      for (let clip = 0; clip < odds.clips; clip++) {
        const probability = noisyOr(odds, clip, label, factors[label]!);
        own[clip]![label] = probability;
        closed[clip]![label] = 1 - (1 - probability) * notThrough[clip]!;
      }
    }
  }
  return factors;
}

/** The factor exp(bias), bias in -60..10, at which a rising function meets the target. */
function bisect(target: number, meanAt: (factor: number) => number): number {
  let low = -60;
  let high = 10;
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2;
    if (meanAt(Math.exp(middle)) < target) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}
