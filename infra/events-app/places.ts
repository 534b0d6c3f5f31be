import { EarshotError } from '../../shared/errors/earshot-error.ts';

interface Work {
  readonly start: () => void;
  readonly giveUp: (error: EarshotError) => void;
}

/** The places of one function in this process: so many events at once, each within its time. */
export class Places {
  private readonly name: string;
  private readonly concurrency: number;
  private readonly timeoutMs: number;
  private readonly waiting = new Set<Work>();
  /** Work whose caller has its answer already, by the clock. */
  private overdue = 0;
  private taken = 0;
  private idleWaiters: (() => void)[] = [];

  constructor(name: string, concurrency: number, timeoutMs: number) {
    this.name = name;
    this.concurrency = concurrency;
    this.timeoutMs = timeoutMs;
  }

  /** Work that has begun and not ended, also when nobody waits for it any more. */
  get running(): number {
    return this.taken;
  }

  /** Every place is held by work that is beyond its time: nothing goes on here any more. */
  get isStuck(): boolean {
    return this.overdue >= this.concurrency;
  }

  /**
   * Runs `work` in the next free place. Its time counts from now. Work cannot be taken out of a process: where it is
   * not done in time, the caller hears so, and the place is free when the work has ended.
   * @throws FUNCTION_TIMED_OUT; EVENT_NOT_TAKEN when it did not begin
   */
  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = { is: false };
      const waits: Work = {
        start: () => {
          this.waiting.delete(waits);
          void this.occupy(work, late)
            .then(resolve, reject)
            .finally(() => clearTimeout(timer));
        },
        giveUp: (error) => {
          this.waiting.delete(waits);
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        if (this.waiting.has(waits)) return waits.giveUp(this.notTaken('no place became free'));
        late.is = true;
        this.overdue++;
        const expected = `an answer within ${this.timeoutMs / 1000} s`;
        reject(new EarshotError('FUNCTION_TIMED_OUT', { field: this.name, expected, received: 'none' }));
      }, this.timeoutMs);
      this.waiting.add(waits);
      this.fill();
    });
  }

  /** What has not begun is refused; it can be sent again. */
  refuseWaiting(reason: string): void {
    for (const work of [...this.waiting]) work.giveUp(this.notTaken(reason));
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    if (this.taken > 0) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  private notTaken(received: string): EarshotError {
    return new EarshotError('EVENT_NOT_TAKEN', { field: this.name, expected: 'a free place', received });
  }

  private fill(): void {
    for (const work of this.waiting) {
      if (this.taken >= this.concurrency) return;
      this.taken++;
      work.start();
    }
  }

  private async occupy<T>(work: () => Promise<T>, late: { readonly is: boolean }): Promise<T> {
    try {
      return await work();
    } finally {
      this.taken--;
      if (late.is) this.overdue--;
      this.fill();
      if (this.taken === 0) for (const resolve of this.idleWaiters.splice(0)) resolve();
    }
  }
}
