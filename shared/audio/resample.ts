/**
 * Resampy's filter `kaiser_best`, as it was when VGGish was published and as MAX-Audio-Classifier pins it (0.2.1):
 * a sinc of 64 zero crossings in a Kaiser window; its half height is at 0.948 of the lower Nyquist frequency.
 */
const crossings = 64;
const beta = 14.769656459379492;
const rollOff = 0.9475937167399596;
/** Values between two crossings. Straight lines between them are off by less than -140 dB. */
const precision = 2048;

let halfFilter: Float64Array | undefined;

/**
 * Changes the rate of samples by band-limited interpolation: `floor(samples x to / from)` of them, the first at the
 * same moment; before and behind the samples is silence. Works with any two rates.
 *
 * @param from Hz, a whole number
 * @param to Hz, a whole number
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  halfFilter ??= kaiserSinc();
  const filter = halfFilter;
  // Downwards the filter is stretched, so that nothing folds over.
  const scale = Math.min(1, to / from);
  const reach = crossings / scale;
  const step = scale * precision;
  const resampled = new Float32Array(Math.floor((samples.length * to) / from));
  for (let n = 0; n < resampled.length; n++) {
    // As whole number and rest, because their sum would lose digits of the rest.
    const rest = ((n * from) % to) / to;
    const whole = Math.round((n * from) / to - rest);
    const first = Math.max(0, Math.ceil(whole + rest - reach));
    const last = Math.min(samples.length - 1, Math.floor(whole + rest + reach));
    let sum = 0;
    for (let i = first; i <= last; i++) {
      const at = Math.abs(whole - i + rest) * step;
      const below = Math.floor(at);
      const value = filter[below]!;
      sum += samples[i]! * (value + (at - below) * (filter[below + 1]! - value));
    }
    resampled[n] = sum * scale;
  }
  return resampled;
}

/** The right half of the filter, and two zeros behind it. */
function kaiserSinc(): Float64Array {
  const size = crossings * precision;
  const values = new Float64Array(size + 2);
  const peak = besselI0(beta);
  for (let i = 0; i <= size; i++) {
    const x = Math.PI * rollOff * (i / precision);
    const sinc = x === 0 ? 1 : Math.sin(x) / x;
    values[i] = (rollOff * sinc * besselI0(beta * Math.sqrt(1 - (i / size) ** 2))) / peak;
  }
  values[size] = 0;
  return values;
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let [term, sum] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
