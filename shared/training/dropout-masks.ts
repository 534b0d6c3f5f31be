import { dropoutShapes } from '../model/layout.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { randomFor } from '../model/random-streams.ts';
import type { SeededRandom } from '../random/seeded-random.ts';

/** Few enough to stay in the processor's cache. */
const wordsAtOnce = 4096;

/** Arrays for the masks of a step, in the order of `dropoutShapes`. @param shared whether other threads see them */
export function emptyMasks(spec: ModelSpec, clips: number, shared = false): Float32Array[] {
  return dropoutShapes(spec, clips).map(([rows, width]) =>
    shared ? new Float32Array(new SharedArrayBuffer(4 * rows * width)) : new Float32Array(rows * width),
  );
}

/** Fills the masks of a step: the same in a resumed run and on every engine. @param masks of `emptyMasks` */
export function fillMasks(
  masks: readonly Float32Array[],
  { model }: ModelSpec,
  seed: number,
  step: number,
): void {
  if (model.head === 'linear') return;
  for (const [layer, mask] of masks.entries()) {
    fillMask(mask, model.dropout, randomFor('dropout', seed, step, layer));
  }
}

/** The masks of a step, in new arrays. */
export function dropoutMasks(spec: ModelSpec, clips: number, seed: number, step: number): Float32Array[] {
  const masks = emptyMasks(spec, clips);
  fillMasks(masks, spec, seed, step);
  return masks;
}

/** A dropout mask: 0 with probability `rate` (to 1/65,536), else 1 / (1 - rate). */
export function fillMask(mask: Float32Array, rate: number, random: SeededRandom): void {
  const size = mask.length;
  const limit = Math.round(rate * 65_536);
  const kept = 1 / (1 - rate);
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
}
