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

/**
 * A dropout mask: 0 with probability `rate` (to 1/65,536), else 1 / (1 - rate). A unit takes as few bits of a random
 * number as the rate needs, one if it is a half, the lowest first.
 */
export function fillMask(mask: Float32Array, rate: number, random: SeededRandom): void {
  const limit = Math.round(rate * 65_536);
  const bits = [1, 2, 4].find((few) => limit % 2 ** (16 - few) === 0) ?? 16;
  const kept = 1 / (1 - rate);
  if (bits === 16) fillUnits(mask, limit, kept, random);
  else if (mask.length % 2 === 0) fillPairs(mask, { bits, limit: limit / 2 ** (16 - bits), kept }, random);
  else {
    const longer = new Float32Array(mask.length + 1);
    fillMask(longer, rate, random);
    mask.set(longer.subarray(0, mask.length));
  }
}

/** Words for `draws` draws of so many a word, in blocks: the last may be shorter, and must not draw more than it needs. */
function* wordBlocks(draws: number, drawsPerWord: number, random: SeededRandom): Generator<Int32Array> {
  const count = Math.ceil(draws / drawsPerWord);
  const words = new Uint32Array(Math.min(wordsAtOnce, count));
  for (let first = 0; first < count; first += words.length) {
    const some = words.subarray(0, Math.min(words.length, count - first));
    random.fill(some);
    yield new Int32Array(some.buffer, 0, some.length);
  }
}

function fillUnits(mask: Float32Array, limit: number, kept: number, random: SeededRandom): void {
  let at = 0;
  for (const words of wordBlocks(mask.length, 2, random)) {
    for (let i = 0; i < words.length; i++, at += 2) {
      const word = words[i]!;
      // The shift gives -1 below the limit, else 0: a branch here would be mispredicted every other time.
      mask[at] = kept * (1 + (((word & 0xffff) - limit) >> 31));
      // One behind an odd end: writes outside a typed array are dropped.
      mask[at + 1] = kept * (1 + (((word >>> 16) - limit) >> 31));
    }
  }
}

interface FewBits {
  /** 1, 2 or 4 */
  readonly bits: number;
  /** Of 2^bits. */
  readonly limit: number;
  readonly kept: number;
}

/** Two units with each write, found in a table: several times as quick as one by one. */
function fillPairs(mask: Float32Array, { bits, limit, kept }: FewBits, random: SeededRandom): void {
  const values = 2 ** bits;
  const units = Float32Array.from({ length: 2 * values * values }, (_, i) => {
    const pair = i >> 1;
    const value = i % 2 === 0 ? pair % values : Math.floor(pair / values);
    return value < limit ? 0 : kept;
  });
  // Moved as numbers of twice the size; none of them is a NaN, whose bits might change on the way.
  const table = new Float64Array(units.buffer);
  const target = new Float64Array(mask.buffer, mask.byteOffset, mask.length / 2);
  const [lowest, wide] = [values * values - 1, 2 * bits];
  let at = 0;
  for (const words of wordBlocks(mask.length, 32 / bits, random)) {
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      for (let shift = 0; shift < 32; shift += wide, at++) target[at] = table[(word >> shift) & lowest]!;
    }
  }
}
