import type { Interval } from '../metrics/interval.ts';

export function figure(value: number | null, digits = 3): string {
  return value === null ? '–' : value.toFixed(digits);
}

/** An interval behind its figure. */
export function between(interval: Interval | null, digits = 3): string {
  return interval === null ? '' : `(${interval.low.toFixed(digits)} to ${interval.high.toFixed(digits)})`;
}

/** A difference, with its sign. */
export function signed(value: number, digits = 3): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
}
