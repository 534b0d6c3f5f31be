import { createRandom } from '../model/random.ts';

/**
 * A dropout mask: 0 with probability `rate` (to 1/65,536), else 1 / (1 - rate). It depends on the key
 * alone, so that a resumed run drops the same units, on any engine.
 */
export function dropoutMask(size: number, rate: number, ...key: readonly number[]): Float32Array {
  const random = createRandom(...key);
  const limit = Math.round(rate * 65_536);
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(size);
  // Each draw of 32 bits decides two units.
  for (let i = 0; i < size; i += 2) {
    const bits = random.bits();
    mask[i] = bits >>> 16 < limit ? 0 : kept;
    // One behind an odd end: writes outside a typed array are dropped.
    mask[i + 1] = (bits & 0xffff) < limit ? 0 : kept;
  }
  return mask;
}
