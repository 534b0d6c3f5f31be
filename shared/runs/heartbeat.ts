import { runKeys } from '../dataset/keys.ts';
import { log } from '../log/log.ts';
import { writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { failedStatus, type RunStatus } from './documents.ts';

type Change = Partial<Omit<RunStatus, 'run' | 'attempt' | 'heartbeat'>>;

/** Keeps `runs/<run>/status.json` fresh: at each change of phase, and at most every `everyMs` in between. */
export class Heartbeat {
  private readonly store: ObjectStore;
  private readonly everyMs: number;
  private status: RunStatus;
  private writing: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;
  private stale = false;

  constructor(store: ObjectStore, run: string, attempt: number, everyMs: number) {
    this.store = store;
    this.everyMs = everyMs;
    this.status = {
      ...failedStatus(run, attempt, { code: '', message: '', remedy: '' }),
      error: null,
      phase: 'starting',
    };
    this.timer = setInterval(() => this.write(), this.everyMs);
    this.write();
  }

  /** Written with the next beat; at once when the phase changes. */
  note(change: Change): void {
    const phaseChanged = change.phase !== undefined && change.phase !== this.status.phase;
    this.status = { ...this.status, ...change };
    if (phaseChanged) this.write();
  }

  /** Writes the last status and stops. */
  async end(change: Change): Promise<void> {
    clearInterval(this.timer);
    this.status = { ...this.status, ...change };
    this.write();
    await this.writing;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private write(): void {
    if (this.stale) return;
    this.stale = true;
    this.writing = this.writing.then(async () => {
      this.stale = false;
      const status = { ...this.status, heartbeat: new Date().toISOString() };
      try {
        await writeJson(this.store, runKeys(status.run).status, status);
      } catch (error) {
        // A beat that is lost is no reason to lose the run.
        log('warning', 'heartbeat-lost', { run: status.run, reason: String(error) });
      }
    });
  }
}
