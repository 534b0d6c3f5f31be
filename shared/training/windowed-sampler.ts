import type { StreamedClips } from '../dataset/streamed-clips.ts';
import { randomFor } from '../model/random-streams.ts';
import { createBalancedSampler } from './balanced-sampler.ts';
import type { ResolvedSettings } from './settings.ts';

/** Blocks whose clips are in memory together and are drawn from in a random order. */
export interface ClipWindow {
  readonly epoch: number;
  /** Within the epoch. */
  readonly index: number;
  readonly blocks: readonly number[];
}

export interface WindowedSampler {
  /** The clips of a step, in parts that lie in one window each. Depends on the step alone, not on earlier calls. */
  batch(step: number): { readonly window: ClipWindow; readonly rows: Uint32Array }[];
  /** The window that comes next. */
  after(window: ClipWindow): ClipWindow;
}

interface PlannedWindow extends ClipWindow {
  /** Draws of the epoch before this window. */
  readonly start: number;
  readonly draws: number;
}

/**
 * Sampling from more clips than fit in memory. Each epoch takes the blocks in a new order and cuts it into windows of
 * at most `windowClips` clips (a larger block is one alone); within a window the clips are drawn in a random order, or
 * balanced by label as often as it has clips. So each epoch has every clip once, and a batch follows from seed and
 * step: a resumed run reads no more than the window it is in.
 *
 * @param rows table indices to draw from, ascending, at least one
 */
export function createWindowedSampler(
  table: Pick<StreamedClips, 'blocks' | 'labelOffsets' | 'labelIndices'>,
  rows: Uint32Array,
  { sampling, batchSize, seed }: Pick<ResolvedSettings, 'sampling' | 'batchSize' | 'seed'>,
  windowClips: number,
): WindowedSampler {
  const rowsOf = rowsByBlock(table.blocks, rows);
  const plans = new Map<number, PlannedWindow[]>();
  const plan = (epoch: number): PlannedWindow[] => {
    let windows = plans.get(epoch);
    if (windows === undefined) {
      for (const other of plans.keys()) if (other < epoch - 1) plans.delete(other);
      windows = planEpoch(epoch);
      plans.set(epoch, windows);
    }
    return windows;
  };
  const planEpoch = (epoch: number): PlannedWindow[] => {
    const order = Uint32Array.from(table.blocks.keys());
    randomFor('block-order', seed, epoch).shuffle(order);
    const groups: number[][] = [];
    let room = 0;
    for (const block of order) {
      if (rowsOf[block]!.length === 0) continue;
      const { clips } = table.blocks[block]!;
      if (groups.length === 0 || clips > room) {
        groups.push([]);
        room = windowClips;
      }
      groups.at(-1)!.push(block);
      room -= clips;
    }
    let start = 0;
    return groups.map((blocks, index) => {
      const draws = blocks.reduce((sum, block) => sum + rowsOf[block]!.length, 0);
      const window = { epoch, index, blocks, start, draws };
      start += draws;
      return window;
    });
  };

  let ordered: { window: PlannedWindow; order: Uint32Array } | undefined;
  const orderOf = (window: PlannedWindow): Uint32Array => {
    if (ordered?.window !== window) ordered = { window, order: drawOrder(window) };
    return ordered.order;
  };
  const drawOrder = ({ epoch, index, blocks, draws }: PlannedWindow): Uint32Array => {
    const own = new Uint32Array(draws);
    let at = 0;
    for (const block of blocks) {
      own.set(rowsOf[block]!, at);
      at += rowsOf[block]!.length;
    }
    const random = randomFor('window', seed, epoch * table.blocks.length + index);
    if (sampling === 'balanced') {
      return createBalancedSampler(table, own, draws, random.below(2 ** 32)).batch(0);
    }
    random.shuffle(own);
    return own;
  };

  return {
    batch(step) {
      const parts = [];
      const end = (step + 1) * batchSize;
      for (let position = step * batchSize; position < end; ) {
        const epoch = Math.floor(position / rows.length);
        const within = position - epoch * rows.length;
        const window = plan(epoch).findLast(({ start }) => start <= within)!;
        const first = within - window.start;
        const last = Math.min(window.draws, first + end - position);
        parts.push({ window, rows: orderOf(window).slice(first, last) });
        position += last - first;
      }
      return parts;
    },
    after: ({ epoch, index }) => plan(epoch)[index + 1] ?? plan(epoch + 1)[0]!,
  };
}

function rowsByBlock(blocks: StreamedClips['blocks'], rows: Uint32Array): Uint32Array[] {
  let at = 0;
  return blocks.map(({ first, clips }) => {
    const begin = at;
    while (at < rows.length && rows[at]! < first + clips) at++;
    return rows.subarray(begin, at);
  });
}
