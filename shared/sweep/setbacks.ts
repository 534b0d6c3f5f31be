/** Something that could not be done, and why. */
export interface Setback {
  /** Key or prefix that it was about. */
  readonly key: string;
  readonly reason: string;
}

/** Gathers what fails, so that one thing that does keeps nothing else from being done. */
export class Setbacks {
  readonly all: Setback[] = [];

  /** Does the work; what it throws is noted, once for a key. */
  async past(key: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.all.some((setback) => setback.key === key && setback.reason === reason)) {
        this.all.push({ key, reason });
      }
    }
  }
}
