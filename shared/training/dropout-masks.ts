import type { SeededRandom } from '../random/seeded-random.ts';

/** A dropout mask: 0 with probability `rate` (to 1/65,536), else 1 / (1 - rate). */
export function dropoutMask(size: number, rate: number, random: SeededRandom): Float32Array {
  const limit = Math.round(rate * 65_536);
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(size);
  // Each draw of 32 bits decides two units.
  for (let i = 0; i < size; i += 2) {
    const bits = random.uniform() * 2 ** 32;
    mask[i] = bits >>> 16 < limit ? 0 : kept;
    // One behind an odd end: writes outside a typed array are dropped.
    mask[i + 1] = (bits & 0xffff) < limit ? 0 : kept;
  }
  return mask;
}
