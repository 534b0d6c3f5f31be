export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The central `confidence` of bootstrap replicates, moved by what their mean differs from the estimate. Without that,
 * an interval of average precision may lie above its own estimate: replicates have clips several times, which lifts it.
 *
 * @param confidence in (0, 1)
 * @param bounds of the quantity itself
 * @returns null when no replicate is a number
 */
export function centredInterval(
  replicates: Float64Array | Float32Array,
  estimate: number,
  confidence: number,
  bounds: Interval,
): Interval | null {
  const interval = intervalOf(replicates, confidence);
  if (interval === null) return null;
  let sum = 0;
  let count = 0;
  for (const value of replicates) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  const bias = sum / count - estimate;
  const within = (value: number) => Math.min(bounds.high, Math.max(bounds.low, value));
  return { low: within(interval.low - bias), high: within(interval.high - bias) };
}

/**
 * The central `confidence` of the values, by linear interpolation between order statistics (type 7 of Hyndman and Fan
 * 1996, as numpy); null when none is a number.
 *
 * @param confidence in (0, 1)
 */
export function intervalOf(values: Float64Array | Float32Array, confidence: number): Interval | null {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0) return null;
  const quantile = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
  };
  return { low: quantile((1 - confidence) / 2), high: quantile((1 + confidence) / 2) };
}
