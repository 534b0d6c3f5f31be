/** Percentile interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
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
