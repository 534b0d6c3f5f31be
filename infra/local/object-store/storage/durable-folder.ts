import { closeSync, fsync, openSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A folder whose changes can be made durable. Renames and removals take effect at once, for every reader in this
 * process; `sync` resolves when all that were made before the call would survive a crash. Calls that come while
 * the disk is busy share the next fsync, so many parallel writes cost few.
 */
export class DurableFolder {
  readonly path: string;
  readonly #descriptor: number;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, 'r');
  }

  /** Moves a finished file here, over an older one of that name. */
  adopt(from: string, name: string): void {
    renameSync(from, join(this.path, name));
  }

  /** Removes a file that is here. */
  remove(name: string): void {
    unlinkSync(join(this.path, name));
  }

  sync(): Promise<void> {
    if (this.#running === null) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#startNext(),
      () => this.#startNext(),
    );
    return this.#next;
  }

  /** No call may follow. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#running, this.#next]);
    closeSync(this.#descriptor);
  }

  #startNext(): Promise<void> {
    this.#next = null;
    return this.#start();
  }

  #start(): Promise<void> {
    this.#running = new Promise<void>((resolve, reject) => {
      fsync(this.#descriptor, (error) => {
        this.#running = null;
        if (error === null) resolve();
        else reject(error);
      });
    });
    return this.#running;
  }
}
