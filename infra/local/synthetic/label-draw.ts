import type { SeededRandom } from '../../../shared/random/seeded-random.ts';
import { syntheticLabels } from './synthetic-labels.ts';

/**
 * Ascending label indices, at least one. `own` is `[labels]`: the probability of each label of itself,
 * independent of the others; then a positive child makes its parent positive with its closure.
 */
export function drawLabels(own: ArrayLike<number>, random: SeededRandom): number[] {
  const positive = drawAtLeastOne(own, random);
  for (let label = syntheticLabels.length - 1; label >= 0; label--) {
    const { parent, closure } = syntheticLabels[label]!;
    if (parent !== null && positive[label] && random.uniform() < closure) positive[parent] = true;
  }
  return positive.flatMap((isPositive, label) => (isPositive ? [label] : []));
}

/**
 * Independent draws given that not all fail, without trying again: until the first success a draw
 * succeeds with p_k / (1 - Π_{j ≥ k} (1 - p_j)), and with p_k behind it.
 */
function drawAtLeastOne(own: ArrayLike<number>, random: SeededRandom): boolean[] {
  const noneFrom = new Float64Array(own.length + 1).fill(1);
  for (let label = own.length - 1; label >= 0; label--) {
    noneFrom[label] = noneFrom[label + 1]! * (1 - own[label]!);
  }
  let some = false;
  return Array.from({ length: own.length }, (_, label) => {
    const condition = some ? 1 : 1 - noneFrom[label]!;
    const isPositive = random.uniform() * condition < own[label]!;
    some ||= isPositive;
    return isPositive;
  });
}
