import { setImmediate as others, setTimeout as pause } from 'node:timers/promises';

/** Work in parts of less than a millisecond or so; between two of them something else may run. */
export type Steps<T> = Generator<void, T>;

/** Does the work in one go. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** For so long the work steps back behind requests; then it has waited enough, and comes to its end. */
const patientMs = 5000;
/** Milliseconds of work before others have their turn, and what it is once the patience has ended. */
const slices = { patient: 1, impatient: 20 } as const;
/** What a slice waits at most for a pause between requests. */
const longestWaitMs = 20;

/**
 * Does the work in slices beside requests, so that one of them waits for a slice at most. Where a process is frozen
 * between its requests there are no pauses to work in: there the patience soon ends.
 *
 * @param isBusy whether a request is under way
 */
export async function inSlices<T>(steps: Steps<T>, isBusy: () => boolean = () => false): Promise<T> {
  const began = performance.now();
  for (;;) {
    const isPatient = performance.now() - began < patientMs;
    const until = performance.now() + (isPatient ? slices.patient : slices.impatient);
    do {
      const { done, value } = steps.next();
      if (done) return value;
    } while (performance.now() < until);
    await others();
    const latest = performance.now() + longestWaitMs;
    while (isPatient && isBusy() && performance.now() < latest) await pause(1);
  }
}
