import { setImmediate as others } from 'node:timers/promises';

/** Work in parts of less than a millisecond or so; between two of them something else may run. */
export type Steps<T> = Generator<void, T>;

/** Milliseconds of work before requests have their turn. */
const usualSliceMs = 1;

/** Does the work in one go. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Does the work in slices, so that the thread answers requests meanwhile. */
export async function inSlices<T>(steps: Steps<T>, sliceMs = usualSliceMs): Promise<T> {
  for (;;) {
    const until = performance.now() + sliceMs;
    do {
      const { done, value } = steps.next();
      if (done) return value;
    } while (performance.now() < until);
    await others();
  }
}
