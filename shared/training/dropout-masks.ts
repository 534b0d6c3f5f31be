import { dropoutShapes } from '../model/layout.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { randomFor } from '../model/random-streams.ts';
import type { SeededRandom } from '../random/seeded-random.ts';

/** Few enough to stay in the processor's cache. */
const wordsAtOnce = 4096;

/** The masks of a step, in the order of `dropoutShapes`: the same in a resumed run and on every engine. */
export function dropoutMasks(spec: ModelSpec, clips: number, seed: number, step: number): Float32Array[] {
  const { model } = spec;
  if (model.head === 'linear') return [];
  return dropoutShapes(spec, clips).map(([rows, width], layer) =>
    dropoutMask(rows * width, model.dropout, randomFor('dropout', seed, step, layer)),
  );
}

/** A dropout mask: 0 with probability `rate` (to 1/65,536), else 1 / (1 - rate). */
export function dropoutMask(size: number, rate: number, random: SeededRandom): Float32Array {
  const limit = Math.round(rate * 65_536);
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(size);
  const words = new Uint32Array(Math.min(wordsAtOnce, (size + 1) >> 1));
  for (let first = 0; first < size; first += 2 * words.length) {
    // The last block may be shorter, and must not draw more than it needs.
    const some = words.subarray(0, (Math.min(size - first, 2 * words.length) + 1) >> 1);
    random.fill(some);
    // Each draw of 32 bits decides two units.
    for (let i = 0, at = first; i < some.length; i++, at += 2) {
      const bits = some[i]!;
      // The shift gives -1 below the limit, else 0: a branch here would be mispredicted every other time.
      mask[at] = kept * (1 + (((bits >>> 16) - limit) >> 31));
      // One behind an odd end: writes outside a typed array are dropped.
      mask[at + 1] = kept * (1 + (((bits & 0xffff) - limit) >> 31));
    }
  }
  return mask;
}
