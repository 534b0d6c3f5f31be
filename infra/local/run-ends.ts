import { runKeys } from '../../shared/dataset/keys.ts';
import type { DeadLetter } from './events/outbox.ts';

/** Why runs will get no further by themselves: their job run has ended, or their request was given up. */
export class RunEnds {
  private readonly reasons = new Map<string, string>();

  /** `failure` null: it ended with code 0, and should have left a report. */
  noteExit(jobRun: string, failure: string | null): void {
    // A job run is called `<run>-<attempt>`, that of a member which was started again `<run>-<attempt>-m<index>`.
    const [, run = jobRun, member] = /^(.*)-\d+(-m\d+)?$/.exec(jobRun) ?? [];
    // The other members may still be at work.
    if (member !== undefined && failure === null) return;
    this.reasons.set(run, `job run ${jobRun} ended with ${failure ?? 'code 0, but without a report'}`);
  }

  noteLetter(letter: Pick<DeadLetter, 'key' | 'functionName' | 'attempts' | 'reason'>): void {
    const { key, functionName, attempts, reason } = letter;
    const run = key.split('/')[1] ?? '';
    if (key !== runKeys(run).request) return;
    this.reasons.set(run, `${functionName} gave up after ${attempts} attempts: ${reason}`);
  }

  /** Null while the run may still end by itself. */
  of(run: string): string | null {
    return this.reasons.get(run) ?? null;
  }
}
