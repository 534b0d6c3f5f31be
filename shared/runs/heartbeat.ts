import { runKeys } from '../dataset/keys.ts';
import { log } from '../log/log.ts';
import { writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { firstStatus, type RunStatus } from './documents.ts';

type Change = Partial<Omit<RunStatus, 'run' | 'attempt' | 'heartbeat'>>;

/** Keeps `runs/<run>/status.json` fresh: at each change of phase, and every `everyMs` in between. */
export class Heartbeat {
  private readonly store: ObjectStore;
  private readonly everyMs: number;
  private readonly onWritten: () => Promise<void>;
  private status: RunStatus;
  private timer: NodeJS.Timeout | undefined;
  /** Ends when what is being written, and the one write that may wait behind it, are done. */
  private writing: Promise<void> = Promise.resolve();
  private isWriteWaiting = false;

  /** @param onWritten after each write, before the next one */
  constructor(
    store: ObjectStore,
    run: string,
    attempt: number,
    everyMs: number,
    onWritten: () => Promise<void> = async () => {},
  ) {
    this.store = store;
    this.onWritten = onWritten;
    this.everyMs = everyMs;
    this.status = firstStatus(run, attempt, 'starting');
  }

  /** Writes the first status, and the others from then on. */
  start(): void {
    // Training keeps the process up; the clock alone need not.
    this.timer = setInterval(() => this.write(), this.everyMs).unref();
    this.write();
  }

  /** Written with the next beat; at once when the phase changes. */
  note(change: Change): void {
    const phaseChanged = change.phase !== undefined && change.phase !== this.status.phase;
    this.status = { ...this.status, ...change };
    if (phaseChanged) this.write();
  }

  /** Writes the last status; nothing is written once it has resolved. */
  async end(change: Change): Promise<void> {
    clearInterval(this.timer);
    this.status = { ...this.status, ...change };
    this.write();
    await this.writing;
  }

  /** Writes no more: the status is another's now. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.isWriteWaiting = false;
    await this.writing;
  }

  /** One write at a time; what changes while one waits goes with it. */
  private write(): void {
    if (this.isWriteWaiting) return;
    this.isWriteWaiting = true;
    this.writing = this.writing.then(async () => {
      if (!this.isWriteWaiting) return;
      this.isWriteWaiting = false;
      const status = { ...this.status, heartbeat: new Date().toISOString() };
      try {
        await writeJson(this.store, runKeys(status.run).status, status);
        await this.onWritten();
      } catch (error) {
        // A beat that is lost is no reason to lose the run.
        log('warning', 'heartbeat-lost', { run: status.run, reason: String(error) });
      }
    });
  }
}
