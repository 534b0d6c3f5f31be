/** The largest finite number of IEEE 754 binary16. */
export const largestFloat16 = 65_504;

const bits = new Uint32Array(1);
const number = new Float32Array(bits.buffer);

/** To the nearest binary16, ties to even; beyond the largest one to infinity. */
export function toFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    number[0] = value;
    return halfOf(bits[0]!);
  });
}

/** What each of them means; made when it is first needed. */
let meanings: Float32Array | undefined;

export function fromFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  writeFromFloat16(halves, values);
  return values;
}

/** The same, into an array of the same length. */
export function writeFromFloat16(halves: Uint16Array, values: Float32Array): void {
  meanings ??= allMeanings();
  for (let i = 0; i < halves.length; i++) values[i] = meanings[halves[i]!]!;
}

function allMeanings(): Float32Array {
  return Float32Array.from({ length: 0x10000 }, (_, half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** What is left of the values after storing them as binary16. */
export const throughFloat16 = (values: Float32Array) => fromFloat16(toFloat16(values));

function halfOf(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const exponent = ((single >>> 23) & 0xff) - 127;
  const fraction = single & 0x7f_ffff;
  if (exponent === 128) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  if (exponent > 15) return sign | 0x7c00;
  // Rounding may carry into the exponent, which is the next number up to infinity: as it should be.
  if (exponent >= -14) return sign | (((exponent + 15) << 10) + rounded(fraction, 13));
  if (exponent >= -25) return sign | rounded(fraction | 0x80_0000, -1 - exponent);
  return sign;
}

/** `value / 2^shift`, ties to even. */
function rounded(value: number, shift: number): number {
  const half = 1 << (shift - 1);
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}
