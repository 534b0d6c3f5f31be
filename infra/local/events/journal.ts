import { closeSync, fdatasync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { syncFolder } from '../object-store/storage/bucket-folder.ts';
import { encodeLine } from './journal-lines.ts';

/** A journal is written anew from this many bytes on, when half of it or more is history. */
const largeBytes = 1024 * 1024;

/** What a journal asks of the disk. */
export interface JournalDisk {
  /** Into the page cache: it takes some 10 µs, a hop to the thread pool more. */
  write(descriptor: number, bytes: Buffer): void;
  sync(descriptor: number): Promise<void>;
}

const nodeDisk: JournalDisk = {
  write(descriptor, bytes) {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
  },
  sync: (descriptor) =>
    new Promise((resolve, reject) => {
      fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error)));
    }),
};

export interface JournalOptions {
  readonly file: string;
  /** The records that still count, those just appended included. */
  readonly live: () => Iterable<object>;
  readonly largeBytes?: number | undefined;
  readonly disk?: JournalDisk | undefined;
}

/**
 * A file of records that is appended to, and written anew from what still counts when it has grown large. Appends that
 * come while the disk is busy share the next write and fdatasync.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #disk: JournalDisk;
  #descriptor: number | null = null;
  #lines: string[] = [];
  #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  #running: Promise<void> | null = null;
  /** Of the file. */
  #bytes = 0;
  #count = 0;
  /** Bytes when it was last written anew. */
  #liveBytes = 0;
  /** What a failed write left in the file is not known. */
  #broken = true;
  #closed = false;

  /** Writes the file anew: what a crash tore at its end is gone. @throws EVENTS_NOT_WRITTEN */
  static async open(options: JournalOptions): Promise<Journal> {
    const journal = new Journal(options);
    try {
      await journal.#rewrite();
    } catch (error) {
      throw journal.#failure(error);
    }
    return journal;
  }

  private constructor(options: JournalOptions) {
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
  }

  /** Resolves when the record is on the disk. @throws EVENTS_NOT_WRITTEN; the record is not in the journal then */
  append(record: object): Promise<void> {
    if (this.#closed) return Promise.reject(this.#failure(new Error('the platform stops')));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.note(record);
    });
  }

  /** Appends a record that may be lost: nobody waits for the disk. Nothing once it is closed. */
  note(record: object): void {
    if (this.#closed) return;
    this.#lines.push(encodeLine(record));
    this.#running ??= this.#drain();
  }

  /** Writes what is waiting. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  async #drain(): Promise<void> {
    // What comes in the same turn of the event loop goes into one write.
    await new Promise(setImmediate);
    while (this.#lines.length > 0) {
      const lines = this.#lines.splice(0);
      const waiting = this.#waiting.splice(0);
      try {
        await this.#write(lines, waiting.length > 0);
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        this.#broken = true;
        const failure = this.#failure(error);
        for (const { reject } of waiting) reject(failure);
      }
    }
    this.#running = null;
  }

  async #write(lines: readonly string[], durably: boolean): Promise<void> {
    const large = Math.max(this.#options.largeBytes ?? largeBytes, 2 * this.#liveBytes);
    // The records of these lines are among those that count, or are history already.
    if (this.#broken || this.#bytes >= large) return this.#rewrite();
    const bytes = Buffer.from(lines.join(''));
    this.#disk.write(this.#descriptor!, bytes);
    if (durably) await this.#disk.sync(this.#descriptor!);
    this.#bytes += bytes.length;
    this.#count += lines.length;
  }

  /** Beside the old file, which is whole until the new one takes its place. */
  async #rewrite(): Promise<void> {
    const { file, live } = this.#options;
    const lines = Array.from(live(), encodeLine);
    const bytes = Buffer.from(lines.join(''));
    const beside = `${file}.new`;
    const descriptor = openSync(beside, 'w', 0o600);
    try {
      this.#disk.write(descriptor, bytes);
      await this.#disk.sync(descriptor);
      renameSync(beside, file);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    syncFolder(path.dirname(file));
    this.#bytes = bytes.length;
    this.#liveBytes = bytes.length;
    this.#count = lines.length;
    this.#broken = false;
  }

  #failure(cause: unknown): EarshotError {
    const { file } = this.#options;
    const received = cause instanceof Error ? cause.message : String(cause);
    const details = { file, field: `line ${this.#count + 1}`, received };
    return new EarshotError('EVENTS_NOT_WRITTEN', details, { cause });
  }
}
