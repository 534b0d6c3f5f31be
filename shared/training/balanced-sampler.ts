import type { ClipTable } from '../dataset/clip-table.ts';
import { randomFor } from '../model/random-streams.ts';
import type { Sampler } from './sampler.ts';

/**
 * Class-balanced sampling: in each round every label that has clips is drawn once, in a new order, and gives the next
 * of its clips, which are shuffled again each time they are used up. Rounds lie one behind the other and are cut into
 * batches. So a batch is always full, and however few clips a label has, its share of the draws is that of any other
 * (the reference does not wrap around within a batch: there, small labels yield only what they have).
 *
 * Clips without a label are drawn as if that were a label too.
 */
export function createBalancedSampler(
  table: Pick<ClipTable, 'labelOffsets' | 'labelIndices'>,
  rows: Uint32Array,
  batchSize: number,
  seed: number,
): Sampler {
  const groups = clipsByLabel(table, rows);
  const order = remembered((round) => {
    const labels = Uint32Array.from(groups.keys());
    randomFor('label-order', seed, round).shuffle(labels);
    return labels;
  });
  const clipsOf = groups.map((clips, group) =>
    remembered((pass) => {
      const shuffled = clips.slice();
      randomFor('label-clips', seed, pass * groups.length + group).shuffle(shuffled);
      return shuffled;
    }),
  );
  return {
    batch(step) {
      const drawn = new Uint32Array(batchSize);
      for (let i = 0; i < batchSize; i++) {
        const position = step * batchSize + i;
        const round = Math.floor(position / groups.length);
        const group = order(round)[position - round * groups.length]!;
        // Each round draws from each group once, so the round is also the number of the group's draw.
        const { length } = groups[group]!;
        const pass = Math.floor(round / length);
        drawn[i] = clipsOf[group]!(pass)[round - pass * length]!;
      }
      return drawn;
    },
  };
}

/** The rows of each label that has any, by label; behind them those without a label. */
function clipsByLabel(
  { labelOffsets, labelIndices }: Pick<ClipTable, 'labelOffsets' | 'labelIndices'>,
  rows: Uint32Array,
): Uint32Array[] {
  const labelled = new Map<number, number[]>();
  const unlabelled: number[] = [];
  for (const row of rows) {
    const labels = labelIndices.subarray(labelOffsets[row]!, labelOffsets[row + 1]!);
    if (labels.length === 0) unlabelled.push(row);
    for (const label of labels) {
      const clips = labelled.get(label);
      if (clips === undefined) labelled.set(label, [row]);
      else clips.push(row);
    }
  }
  const groups = [...labelled].sort(([a], [b]) => a - b).map(([, clips]) => clips);
  if (unlabelled.length > 0) groups.push(unlabelled);
  return groups.map((clips) => Uint32Array.from(clips));
}

/** Keeps the newest value alone: steps are mostly asked for in order. */
function remembered<T>(make: (index: number) => T): (index: number) => T {
  let newest: { index: number; value: T } | undefined;
  return (index) => {
    if (newest?.index !== index) newest = { index, value: make(index) };
    return newest.value;
  };
}
